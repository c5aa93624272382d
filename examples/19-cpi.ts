// π as the area under 4 / (1 + x²), by rectangles dealt to the ranks like cards: the first program of every MPI course.
//   zmpirun -n 4 examples/19-cpi.ts
import { ok } from 'node:assert/strict'
import { Op, world } from 'zmpi'

const area = (n: number, first: number, stride: number): number => {
  let sum = 0
  for (let i = first; i < n; i += stride) {
    const x = (i + 0.5) / n
    sum += 4 / (1 + x * x)
  }
  return sum / n
}

// Only rank 0 knows how many rectangles are wanted
const n = await world.broadcast(world.rank === 0 ? 100_000 : undefined)
const pi = await world.reduce(area(n, world.rank, world.size), Op.sum)
if (pi !== undefined) {
  console.log(`pi is about ${pi}, error ${Math.abs(pi - Math.PI).toExponential(2)}`)
  ok(Math.abs(pi - Math.PI) < 1e-10)
  ok(Math.abs(pi - area(n, 0, 1)) < 1e-12)
}
