/** operations COUNT: so many operations of every kind on each rank. Reports what a rank has grown by after the first tenth. */
import { ANY_SOURCE, isMpiError, Op, world } from 'zmpi'
import { descriptors, objectBytes, report, residentBytes, settle } from './footprint.ts'

const { rank, size } = world
const right = (rank + 1) % size
const left = (rank + size - 1) % size
const array = new Float64Array(16).fill(rank)
const large = new Float64Array(20_000).fill(rank)
const target = new Float64Array(16)

/** Operations that every rank does together: their number, and a round of them. */
const ROUND = 24
async function round(i: number): Promise<void> {
  await world.sendReceive(array, right, left)
  await world.sendReceive({ i, text: 'a small record', list: [1, 2, 3] }, right, left)
  const sent = world.send(array, right)
  await world.receiveInto(target, left)
  await sent
  await Promise.all([world.send(i, right, { tag: 1 }), world.probe(left, { tag: 1 })])
  world.iprobe(left, { tag: 1 })
  await world.receiveMessage(ANY_SOURCE, { tag: 1 })
  await Promise.all([world.send('synchronous', right, { synchronous: true, tag: 2 }), world.receive(left, { tag: 2 })])
  await Promise.all([world.send(i, rank, { tag: 3 }), world.receive(rank, { tag: 3 })])
  await world.barrier()
  await world.allreduce(i, Op.sum)
  await world.broadcast(i % size === rank ? { i } : undefined, i % size)
  await world.allgather(rank)
  // Those that end early, and those that take long ways.
  if (i % 50 === 0) {
    await world.receive(left, { tag: 4, signal: AbortSignal.abort() }).catch(ignore)
    await world.receive(left, { tag: 4, timeout: 1 }).catch(ignore)
    await world.sendReceive(large, right, left)
  }
}

function ignore(error: unknown): void {
  if (!isMpiError(error) && !(error instanceof DOMException)) throw error
}

const rounds = Math.ceil(Number(process.argv[2]) / ROUND)
const warm = Math.ceil(rounds / 10)
for (let i = 0; i < warm; i++) await round(i)
await settle()
const before = { bytes: residentBytes(), objects: objectBytes(), descriptors: descriptors() }
const start = performance.now()
for (let i = warm; i < rounds; i++) await round(i)
const microseconds = ((performance.now() - start) * 1000) / ((rounds - warm) * ROUND)
await settle()
const grown = residentBytes() - before.bytes
const objects = objectBytes() - before.objects
report({
  rank,
  operations: rounds * ROUND,
  grown,
  objects,
  descriptors: descriptors() - before.descriptors,
  microseconds,
})
