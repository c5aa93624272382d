// A histogram of numbers that are spread over the ranks: everybody counts its own, and the counts are added.
//   zmpirun -n 4 examples/20-histogram.ts
import { deepEqual } from 'node:assert/strict'
import { Op, world } from 'zmpi'
import { randomFrom } from './random.ts'

const BINS = 10
const N = 10_000

// Sums of three random numbers pile up in the middle
const random = randomFrom(7)
const all = Float64Array.from({ length: world.rank === 0 ? N : 0 }, () => (random() + random() + random()) / 3)

function count(numbers: Float64Array): Int32Array {
  const bins = new Int32Array(BINS)
  for (const x of numbers) {
    const bin = Math.floor(x * BINS)
    bins[bin] = (bins[bin] ?? 0) + 1
  }
  return bins
}

const mine = await world.scatter(world.rank === 0 ? all : undefined)
const bins = await world.reduce(count(mine), Op.sum)
if (bins !== undefined) {
  for (const [bin, times] of bins.entries())
    console.log(`${(bin / BINS).toFixed(1)} ${'#'.repeat(times / 50)} ${times}`)
  deepEqual(bins, count(all))
}
