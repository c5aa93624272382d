// Gravity between all pairs of bodies: blocks of bodies travel round the ranks, and each rank adds up their pull.
//   zmpirun -n 4 examples/26-n-body.ts
import { ok } from 'node:assert/strict'
import { world } from 'zmpi'
import { balance } from 'zmpi/pypar'
import { randomFrom } from './random.ts'

const BODIES = 60
const STEPS = 10
const TIME_STEP = 1e-3
const { rank, size } = world

/** Adds to `pull` what the bodies at `others` do to those at `mine`; x, y, z of one body after the other, all of mass 1. */
function attract(pull: Float64Array, mine: Float64Array, others: Float64Array): void {
  for (let i = 0; i < mine.length; i += 3)
    for (let j = 0; j < others.length; j += 3) {
      const d = [0, 1, 2].map((axis) => (others[j + axis] ?? 0) - (mine[i + axis] ?? 0))
      const squared = d.reduce((sum, x) => sum + x * x, 1e-4) // softened: a body does not pull itself
      for (const [axis, x] of d.entries()) pull[i + axis] = (pull[i + axis] ?? 0) + x / (squared * Math.sqrt(squared))
    }
}

function move(position: Float64Array, velocity: Float64Array, pull: Float64Array): void {
  for (let i = 0; i < position.length; i++) {
    velocity[i] = (velocity[i] ?? 0) + TIME_STEP * (pull[i] ?? 0)
    position[i] = (position[i] ?? 0) + TIME_STEP * (velocity[i] ?? 0)
  }
}

const random = randomFrom(1687)
const start = Float64Array.from({ length: 3 * BODIES }, random)
const [low, high] = balance(BODIES, size, rank)
const position = start.slice(3 * low, 3 * high)
const velocity = new Float64Array(position.length)

for (let step = 0; step < STEPS; step++) {
  const pull = new Float64Array(position.length)
  let visitors: Float64Array = position.slice()
  for (let hop = 0; hop < size; hop++) {
    attract(pull, position, visitors)
    if (hop < size - 1)
      visitors = await world.sendReceive<Float64Array>(visitors, (rank + 1) % size, (rank + size - 1) % size)
  }
  move(position, velocity, pull)
}

const blocks = await world.gather(position)
if (blocks !== undefined) {
  const expected = start.slice()
  const speed = new Float64Array(expected.length)
  for (let step = 0; step < STEPS; step++) {
    const pull = new Float64Array(expected.length)
    attract(pull, expected, expected)
    move(expected, speed, pull)
  }
  const all = blocks.flatMap((block) => Array.from(block))
  const error = Math.max(...all.map((x, i) => Math.abs(x - (expected[i] ?? 0))))
  ok(all.length === 3 * BODIES && error < 1e-12)
  console.log(`${BODIES} bodies have moved for ${STEPS} steps`)
}
