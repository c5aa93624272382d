// Jacobi's method for heat in a plate whose upper edge is hot, on a cartesian grid of ranks with halo exchange.
//   zmpirun -n 6 examples/28-heat.ts
import { equal } from 'node:assert/strict'
import { Op, world } from 'zmpi'
import { balance } from 'zmpi/pypar'
import { nearSquare } from './grid.ts'

const N = 36 // points inside the plate in each direction
const STEPS = 150

/** A rectangle of points within a frame of one more on each side. */
class Plate {
  readonly #cells: Float64Array
  readonly #height: number
  readonly #width: number

  constructor(height: number, width: number, cells = new Float64Array((height + 2) * (width + 2))) {
    this.#height = height
    this.#width = width
    this.#cells = cells
  }

  at(row: number, column: number): number {
    return this.#cells[row * (this.#width + 2) + column] ?? 0
  }

  row(row: number): Float64Array {
    return Float64Array.from({ length: this.#width }, (_, j) => this.at(row, j + 1))
  }

  column(column: number): Float64Array {
    return Float64Array.from({ length: this.#height }, (_, i) => this.at(i + 1, column))
  }

  setRow(row: number, values: Iterable<number>): void {
    this.#cells.set([...values], row * (this.#width + 2) + 1)
  }

  setColumn(column: number, values: Iterable<number>): void {
    let row = 1
    for (const value of values) this.#cells[row++ * (this.#width + 2) + column] = value
  }

  /** Every point becomes the mean of its four neighbours; returns the largest change. */
  step(): number {
    const old = new Plate(this.#height, this.#width, this.#cells.slice())
    let change = 0
    for (let i = 1; i <= this.#height; i++)
      for (let j = 1; j <= this.#width; j++) {
        const mean = (old.at(i - 1, j) + old.at(i + 1, j) + old.at(i, j - 1) + old.at(i, j + 1)) / 4
        change = Math.max(change, Math.abs(mean - old.at(i, j)))
        this.#cells[i * (this.#width + 2) + j] = mean
      }
    return change
  }
}

const [rows, columns] = nearSquare(world.size)
const grid = await world.cartesian([rows, columns])
if (grid === undefined) throw new Error('the grid has room for every rank')
const [row = 0, column = 0] = grid.coordinates
const [top, bottom] = balance(N, rows, row)
const [left, right] = balance(N, columns, column)
const [height, width] = [bottom - top, right - left]
const plate = new Plate(height, width)
if (row === 0) plate.setRow(0, new Float64Array(width).fill(100))

// At an edge of the plate the neighbour is PROC_NULL: nothing goes there, and undefined comes back
const vertical = grid.shift(0) // source above, destination below
const horizontal = grid.shift(1)
type Edge = Float64Array | undefined
let residual = 0
for (let step = 0; step < STEPS; step++) {
  const [above, below, before, after] = await Promise.all([
    grid.sendReceive<Edge>(plate.row(height), vertical.destination, vertical.source),
    grid.sendReceive<Edge>(plate.row(1), vertical.source, vertical.destination, { sendTag: 1, receiveTag: 1 }),
    grid.sendReceive<Edge>(plate.column(width), horizontal.destination, horizontal.source, {
      sendTag: 2,
      receiveTag: 2,
    }),
    grid.sendReceive<Edge>(plate.column(1), horizontal.source, horizontal.destination, { sendTag: 3, receiveTag: 3 }),
  ])
  if (above !== undefined) plate.setRow(0, above)
  if (below !== undefined) plate.setRow(height + 1, below)
  if (before !== undefined) plate.setColumn(0, before)
  if (after !== undefined) plate.setColumn(width + 1, after)
  residual = await grid.allreduce(plate.step(), Op.max)
}

// One rank would compute the very same numbers
const whole = new Plate(N, N)
whole.setRow(0, new Float64Array(N).fill(100))
let expected = 0
for (let step = 0; step < STEPS; step++) expected = whole.step()
equal(residual, expected)
for (let i = 1; i <= height; i++) for (let j = 1; j <= width; j++) equal(plate.at(i, j), whole.at(top + i, left + j))
if (grid.rank === 0)
  console.log(`After ${STEPS} steps on ${grid.dimensions.join('×')} ranks the residual is ${residual.toFixed(6)}`)
