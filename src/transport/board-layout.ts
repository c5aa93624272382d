/** Where things are on a board: see board.ts for what they are. */

export const LINE = 64
const PAGE = 4096
/**
 * Records that one rank has on the board at once, and pieces of data too large for a line. Powers of two. All slots together
 * are larger than a core's own cache, so that a slot which is written again has left those of its readers: to take a line
 * from there costs 20 to 30 ns, a piece of 64 KiB 25 µs of 32.
 */
export const LINES = 64
export const SLOTS = 32
const LARGEST_SLOT = 64 * 1024
const SMALLEST_SLOT = 2048
/** Bytes of all slots together. */
const BUDGET = 16 * 1024 * 1024

/** Where things are, in bytes from the start of the board. */
export class BoardLayout {
  readonly ranks: number
  /** The most that one record carries. */
  readonly slotBytes: number
  readonly #wordsBytes: number
  readonly #areaBytes: number

  constructor(ranks: number) {
    this.ranks = ranks
    const share = Math.max(SMALLEST_SLOT, Math.min(LARGEST_SLOT, BUDGET / SLOTS / ranks))
    this.slotBytes = 2 ** Math.floor(Math.log2(share))
    this.#wordsBytes = Math.ceil((4 * ranks) / LINE) * LINE
    this.#areaBytes = Math.ceil((2 * LINE + 2 * this.#wordsBytes + LINES * LINE) / PAGE) * PAGE + SLOTS * this.slotBytes
  }

  get bytes(): number {
    return this.ranks * this.#areaBytes
  }

  entered(rank: number): number {
    return rank * this.#areaBytes
  }

  /** Whether the ranks use the board: one word for all, in a line that is seldom written. */
  get verdict(): number {
    return LINE - 4
  }

  waits(rank: number): number {
    return this.entered(rank) + LINE
  }

  /** How many records of `publisher` `reader` needs no more. */
  taken(reader: number, publisher: number): number {
    return this.waits(reader) + LINE + 4 * publisher
  }

  seen(reader: number, publisher: number): number {
    return this.taken(reader, publisher) + this.#wordsBytes
  }

  lines(rank: number): number {
    return this.waits(rank) + LINE + 2 * this.#wordsBytes
  }

  slots(rank: number): number {
    return (rank + 1) * this.#areaBytes - SLOTS * this.slotBytes
  }
}
