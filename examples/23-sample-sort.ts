// Sample sort: samples of all ranks say which range of values each rank gets; then everybody sends everybody its part.
//   zmpirun -n 4 examples/23-sample-sort.ts
import { deepEqual } from 'node:assert/strict'
import { world } from 'zmpi'
import { randomFrom } from './random.ts'

const N = 10_000
const { rank, size } = world
const random = randomFrom(1970)
const all = rank === 0 ? Float64Array.from({ length: N }, () => random() ** 3) : undefined // far from uniform

const mine = (await world.scatter(all)).toSorted()
const samples = Array.from({ length: size }, (_, i) => mine[Math.floor((i * mine.length) / size)] ?? 0)
const sampled = (await world.allgather(samples)).flat().toSorted((a, b) => a - b)
const splitters = Array.from({ length: size - 1 }, (_, i) => sampled[(i + 1) * size] ?? 0)

// The part for rank r: splitters[r − 1] ≤ x < splitters[r]
const cuts = [...splitters.map((splitter) => mine.filter((x) => x < splitter).length), mine.length]
const parts = cuts.map((cut, r) => mine.slice(r === 0 ? 0 : cuts[r - 1], cut))
const received = await world.alltoall(parts)
const sorted = Float64Array.from(received.flatMap((part) => Array.from(part))).toSorted()
console.log(`Rank ${rank} has ${sorted.length} of ${N} numbers`)

const blocks = await world.gather(sorted)
if (blocks !== undefined)
  deepEqual(
    blocks.flatMap((block) => Array.from(block)),
    Array.from(all?.toSorted() ?? []),
  )
