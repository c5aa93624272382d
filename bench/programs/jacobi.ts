/** The Jacobi work: heat in a square plate, rows dealt in blocks, one row exchanged with each neighbour before each step. */
import { PROC_NULL, world } from 'zmpi'

/** A block of rows with one more above and below: those of the neighbours, or the plate's edge. */
export class Plate {
  readonly #edge: number
  readonly #rows: number
  readonly #above: number
  readonly #below: number
  #now: Float64Array
  #next: Float64Array

  constructor(edge: number) {
    const { rank, size } = world
    this.#edge = edge
    this.#rows = Math.floor(((rank + 1) * edge) / size) - Math.floor((rank * edge) / size)
    this.#above = rank === 0 ? PROC_NULL : rank - 1
    this.#below = rank === size - 1 ? PROC_NULL : rank + 1
    this.#now = new Float64Array((this.#rows + 2) * edge)
    if (rank === 0) this.#now.fill(100, 0, edge)
    this.#next = this.#now.slice()
  }

  async step(): Promise<void> {
    const now = this.#now
    const row = (index: number): Float64Array => now.subarray(index * this.#edge, (index + 1) * this.#edge)
    await Promise.all([
      world.receiveInto(row(0), this.#above),
      world.receiveInto(row(this.#rows + 1), this.#below),
      world.send(row(1), this.#above),
      world.send(row(this.#rows), this.#below),
    ])
    relax(now, this.#next, this.#edge)
    this.#now = this.#next
    this.#next = now
  }
}

/** Each inner point becomes the mean of its four neighbours. */
function relax(from: Float64Array, to: Float64Array, edge: number): void {
  for (let row = edge; row < from.length - edge; row += edge) {
    for (let at = row + 1; at < row + edge - 1; at++) {
      to[at] =
        0.25 *
        ((from[at - edge] as number) +
          (from[at + edge] as number) +
          (from[at - 1] as number) +
          (from[at + 1] as number))
    }
  }
}
