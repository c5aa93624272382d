// SUMMA: the matrices lie in blocks on a grid of ranks. Panel by panel, owners send A along their row of the grid and B
// along their column, and everybody adds the product of the two panels to its own block of C.
//   zmpirun -n 6 examples/27-matrix-product.ts
import { ok } from 'node:assert/strict'
import { world } from 'zmpi'
import { balance } from 'zmpi/pypar'
import { nearSquare, range } from './grid.ts'

const N = 48
const PANEL = 4 // width of the strips, at most

const a = (row: number, column: number): number => Math.sin(row * N + column)
const b = (row: number, column: number): number => Math.cos(row - 2 * column)
const { rank, size } = world
const [gridRows, gridColumns] = nearSquare(size)
const [myRow, myColumn] = [Math.floor(rank / gridColumns), rank % gridColumns]
const row = await world.split(myRow) // everybody in my row of the grid, by column
const column = await world.split(myColumn)
if (row === undefined || column === undefined) throw new Error('split gave no communicator')

const [top, bottom] = balance(N, gridRows, myRow)
const [left, right] = balance(N, gridColumns, myColumn)
const [height, width] = [bottom - top, right - left]

/** Which of `parts` holds index k. */
const owner = (parts: number, k: number): number => range(0, parts).find((part) => k < balance(N, parts, part)[1]) ?? 0
/** A block of a matrix whose elements have a formula. */
const block = (f: typeof a, rows: readonly number[], columns: readonly number[]): Float64Array =>
  Float64Array.from(rows.flatMap((i) => columns.map((j) => f(i, j))))

const c = new Float64Array(height * width)
for (let k = 0; k < N;) {
  // The strip ends where a block of A or of B ends
  const ends = [
    k + PANEL,
    balance(N, gridColumns, owner(gridColumns, k))[1],
    balance(N, gridRows, owner(gridRows, k))[1],
  ]
  const strip = range(k, Math.min(...ends))
  const fromColumn = owner(gridColumns, k)
  const fromRow = owner(gridRows, k)
  const [stripOfA, stripOfB] = await Promise.all([
    row.broadcast(myColumn === fromColumn ? block(a, range(top, bottom), strip) : undefined, fromColumn),
    column.broadcast(myRow === fromRow ? block(b, strip, range(left, right)) : undefined, fromRow),
  ])
  for (let i = 0; i < height; i++)
    for (let p = 0; p < strip.length; p++)
      for (let j = 0; j < width; j++)
        c[i * width + j] =
          (c[i * width + j] ?? 0) + (stripOfA[i * strip.length + p] ?? 0) * (stripOfB[p * width + j] ?? 0)
  k += strip.length
}

for (let i = 0; i < height; i++)
  for (let j = 0; j < width; j++) {
    const expected = range(0, N).reduce((sum, p) => sum + a(top + i, p) * b(p, left + j), 0)
    ok(Math.abs((c[i * width + j] ?? 0) - expected) < 1e-12 * N)
  }
await world.barrier()
if (rank === 0) console.log(`${N}×${N} matrices are multiplied on a grid of ${gridRows}×${gridColumns} ranks`)
