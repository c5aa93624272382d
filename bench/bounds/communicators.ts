/** communicators COUNT: makes, uses and frees so many. Reports what a rank has grown by after the first tenth. */
import { Op, world } from 'zmpi'
import { descriptors, objectBytes, report, residentBytes, settle } from './footprint.ts'

const { rank, size } = world
const OF_ROUND = 4

async function round(i: number): Promise<void> {
  const copy = await world.duplicate()
  const half = await copy.split(rank % 2, -rank)
  const some = await world.subset([i % size, (i + 1) % size].toSorted((a, b) => a - b))
  const grid = await copy.cartesian([size], { periodic: true })
  if (half === undefined || grid === undefined) throw new Error('bug: no communicator')
  await half.allreduce(1, Op.sum)
  await some?.barrier()
  const { source, destination } = grid.shift(0)
  await grid.sendReceive(i, destination, source)
  for (const communicator of [half, some, grid, copy]) await communicator?.free()
}

const rounds = Math.ceil(Number(process.argv[2]) / OF_ROUND)
const warm = Math.ceil(rounds / 10)
for (let i = 0; i < warm; i++) await round(i)
await settle()
const before = { bytes: residentBytes(), objects: objectBytes(), descriptors: descriptors() }
for (let i = warm; i < rounds; i++) await round(i)
await settle()
const grown = residentBytes() - before.bytes
const objects = objectBytes() - before.objects
report({ rank, communicators: rounds * OF_ROUND, grown, objects, descriptors: descriptors() - before.descriptors })
