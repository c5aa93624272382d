// Conjugate gradients on Poisson's equation: rows of the grid are spread over the ranks, dot products are allreduced.
//   zmpirun -n 4 examples/25-conjugate-gradient.ts
import { ok } from 'node:assert/strict'
import { Op, PROC_NULL, world } from 'zmpi'
import { balance } from 'zmpi/pypar'

const N = 24 // unknowns in each direction
const TOLERANCE = 1e-10

/** What the solver asks of those who share the grid. */
interface Others {
  sum(x: number): Promise<number>
  /** The rows that border mine, above and below; zeros at the edge of the grid. */
  borders(mine: Float64Array): Promise<readonly [Float64Array, Float64Array]>
}

/** 4x − left − right − above − below. */
async function laplace(x: Float64Array, others: Others): Promise<Float64Array> {
  const [above, below] = await others.borders(x)
  const around = Float64Array.of(...above, ...x, ...below)
  return x.map((centre, i) => {
    const left = i % N === 0 ? 0 : (x[i - 1] ?? 0)
    const right = i % N === N - 1 ? 0 : (x[i + 1] ?? 0)
    return 4 * centre - left - right - (around[i] ?? 0) - (around[i + 2 * N] ?? 0)
  })
}

async function solve(b: Float64Array, others: Others): Promise<{ x: Float64Array; iterations: number }> {
  const dot = (u: Float64Array, v: Float64Array): Promise<number> =>
    others.sum(u.reduce((sum, value, i) => sum + value * (v[i] ?? 0), 0))
  const x = new Float64Array(b.length)
  const r = b.slice()
  let p = b.slice()
  let rr = await dot(r, r)
  let iterations = 0
  while (Math.sqrt(rr) > TOLERANCE && iterations < N * N) {
    const Ap = await laplace(p, others)
    const alpha = rr / (await dot(p, Ap))
    for (let i = 0; i < x.length; i++) {
      x[i] = (x[i] ?? 0) + alpha * (p[i] ?? 0)
      r[i] = (r[i] ?? 0) - alpha * (Ap[i] ?? 0)
    }
    const next = await dot(r, r)
    p = p.map((value, i) => (r[i] ?? 0) + (next / rr) * value)
    rr = next
    iterations++
  }
  return { x, iterations }
}

const { rank, size } = world
const up = rank === 0 ? PROC_NULL : rank - 1
const down = rank === size - 1 ? PROC_NULL : rank + 1
const edge = new Float64Array(N)
const neighbours: Others = {
  sum: (x) => world.allreduce(x, Op.sum),
  async borders(mine) {
    const above = await world.sendReceive<Float64Array | undefined>(mine.slice(-N), down, up)
    const below = await world.sendReceive<Float64Array | undefined>(mine.slice(0, N), up, down)
    return [above ?? edge, below ?? edge]
  },
}
const nobody: Others = { sum: (x) => Promise.resolve(x), borders: () => Promise.resolve([edge, edge]) }

const b = Float64Array.from({ length: N * N }, (_, i) => Math.sin(i))
const [low, high] = balance(N, size, rank)
const { x, iterations } = await solve(b.slice(low * N, high * N), neighbours)
const expected = await solve(b, nobody)
for (const [i, value] of x.entries()) ok(Math.abs(value - (expected.x[low * N + i] ?? 0)) < 1e-8)
ok(Math.abs(iterations - expected.iterations) <= 2) // sums in another order round otherwise
if (rank === 0) console.log(`${N * N} unknowns are found after ${iterations} iterations`)
