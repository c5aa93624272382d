// Conway's game of life on a torus, cut into bands of rows: after each generation, neighbours exchange their edges.
//   zmpirun -n 4 examples/24-game-of-life.ts
import { deepEqual } from 'node:assert/strict'
import { Op, world } from 'zmpi'
import { balance } from 'zmpi/pypar'
import { randomFrom } from './random.ts'

const ROWS = 48
const COLUMNS = 64
const GENERATIONS = 40
const { rank, size } = world

/** The next generation of the rows between the first and the last of `cells`, which are their neighbours. */
function generation(cells: Uint8Array): Uint8Array {
  const next = new Uint8Array(cells.length - 2 * COLUMNS)
  for (let i = 0; i < next.length; i++) {
    const row = Math.floor(i / COLUMNS)
    const column = i % COLUMNS
    let alive = 0
    for (const r of [row, row + 1, row + 2])
      for (const c of [column + COLUMNS - 1, column, column + 1]) alive += cells[r * COLUMNS + (c % COLUMNS)] ?? 0
    const self = cells[i + COLUMNS] ?? 0
    next[i] = alive === 3 || (alive === 4 && self === 1) ? 1 : 0
  }
  return next
}

/** Rows with the one above and the one below. */
const framed = (above: Uint8Array, rows: Uint8Array, below: Uint8Array): Uint8Array =>
  Uint8Array.of(...above, ...rows, ...below)
const first = (rows: Uint8Array): Uint8Array => rows.slice(0, COLUMNS)
const last = (rows: Uint8Array): Uint8Array => rows.slice(-COLUMNS)

const random = randomFrom(1970)
const start = Uint8Array.from({ length: ROWS * COLUMNS }, () => (random() < 0.3 ? 1 : 0))
const [low, high] = balance(ROWS, size, rank)
let mine: Uint8Array = start.slice(low * COLUMNS, high * COLUMNS)

const up = (rank + size - 1) % size
const down = (rank + 1) % size
for (let g = 0; g < GENERATIONS; g++) {
  const above = await world.sendReceive<Uint8Array>(last(mine), down, up)
  const below = await world.sendReceive<Uint8Array>(first(mine), up, down)
  mine = generation(framed(above, mine, below))
}

const alive = await world.allreduce(
  mine.reduce((sum, cell) => sum + cell, 0),
  Op.sum,
)
const bands = await world.gather(mine)
if (bands !== undefined) {
  let expected: Uint8Array = start
  for (let g = 0; g < GENERATIONS; g++) expected = generation(framed(last(expected), expected, first(expected)))
  deepEqual(
    bands.flatMap((band) => Array.from(band)),
    Array.from(expected),
  )
  console.log(`${alive} cells are alive after ${GENERATIONS} generations`)
}
