// PyPar's pi: of random points in the unit square, π/4 fall into the circle.
//   zmpirun -n 4 examples/11-pi.ts
import { ok } from 'node:assert/strict'
import { gather, ndarray, rank, scatter, size } from 'zmpi/pypar'
import { randomFrom } from './random.ts'

const N = 100_000
const random = randomFrom(2013)
const points = rank() === 0 ? ndarray(Float64Array.from({ length: 2 * N }, random), [N, 2]) : undefined

const mine = await scatter(points)
const [n = 0] = mine.shape
let inside = 0
for (let i = 0; i < 2 * n; i += 2) if (Math.hypot(mine.data[i] ?? 0, mine.data[i + 1] ?? 0) <= 1) inside++

const estimates = await gather(Float64Array.of((4 * inside) / n))
if (estimates !== undefined) {
  const pi = estimates.reduce((sum, estimate) => sum + estimate) / size()
  const error = Math.abs(pi - Math.PI)
  console.log(`pi is about ${pi.toFixed(16)}, error ${error.toFixed(16)}`)
  ok(error < 0.0156) // three standard deviations
}
