/** Where things are on a board: see board.ts for what they are. */

export const LINE = 64
const PAGE = 4096
/** Records that one rank has on the board at once. A power of two. */
export const LINES = 64
/** Of more ranks a record has no room to say for whom it is. */
export const MOST_RANKS = 4094
/**
 * Of the data of one rank that is too large for that. More than a core's own cache, so that what is written again has left
 * those of its readers: to take a line from there costs 20 to 30 ns, a piece of 64 KiB 25 µs of 32.
 */
const MOST_DATA = 2 * 1024 * 1024
const LEAST_DATA = 64 * 1024
/** Bytes of all data together. */
const BUDGET = 16 * 1024 * 1024
/** Pieces as large as can be that lie there at once. */
const PIECES = 8
/** All slots together are so much of that: 1 KiB each. */
const SLOTS_SHARE = 32

/** Where things are, in bytes from the start of the board. */
export class BoardLayout {
  readonly ranks: number
  /** Of one rank's data that no line and no slot holds, and the most of it that one record carries. */
  readonly dataBytes: number
  readonly pieceBytes: number
  /** Of the slot beside each line: data that is too large for the line, but little, stays in the inner caches of those that use it. */
  readonly slotBytes: number
  readonly #wordsBytes: number
  readonly #areaBytes: number

  constructor(ranks: number) {
    this.ranks = ranks
    const share = Math.max(LEAST_DATA, Math.min(MOST_DATA, BUDGET / ranks))
    this.dataBytes = 2 ** Math.floor(Math.log2(share))
    this.pieceBytes = this.dataBytes / PIECES
    this.slotBytes = this.dataBytes / SLOTS_SHARE / LINES
    this.#wordsBytes = Math.ceil((4 * ranks) / LINE) * LINE
    this.#areaBytes =
      Math.ceil((2 * LINE + 2 * this.#wordsBytes + LINES * (LINE + this.slotBytes)) / PAGE) * PAGE + this.dataBytes
  }

  get bytes(): number {
    return this.ranks * this.#areaBytes
  }

  entered(rank: number): number {
    return rank * this.#areaBytes
  }

  /** How many collectives a rank has begun, as long as it is not known from which on the board is used. */
  begun(rank: number): number {
    return this.entered(rank) + 4
  }

  /** From which collective on the ranks use the board: one word for all, in a line that is seldom written. */
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
    return this.lines(rank) + LINES * LINE
  }

  data(rank: number): number {
    return (rank + 1) * this.#areaBytes - this.dataBytes
  }
}
