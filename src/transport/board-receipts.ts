/**
 * What the ranks around a board say of each other's records (see board): how many of them each needs no more (taken), how
 * many it knows of (seen), and whether it waits to hear that of others. Nothing read from shared memory is trusted.
 */
import { LINES } from './board-layout.ts'
import type { BoardLayout } from './board-layout.ts'

export class BoardReceipts {
  readonly #words: Int32Array
  readonly #layout: BoardLayout
  readonly #own: number
  readonly #hail: (rank: number) => void
  /** By rank: it has left, and reads nothing any more. */
  readonly #hasLeft: boolean[] = []

  /** @param hail wakes a rank if it sleeps */
  constructor(words: Int32Array, layout: BoardLayout, own: number, hail: (rank: number) => void) {
    this.#words = words
    this.#layout = layout
    this.#own = own
    this.#hail = hail
  }

  /** This rank needs so many of a rank's records no more; who waits for that is woken. */
  took(rank: number, records: number): void {
    Atomics.store(this.#words, this.#layout.taken(this.#own, rank) >> 2, records)
    this.#tell(rank)
  }

  /** This rank knows of so many of a rank's records; who waits for that is woken. */
  saw(rank: number, records: number): void {
    Atomics.store(this.#words, this.#layout.seen(this.#own, rank) >> 2, records)
    this.#tell(rank)
  }

  /** Asks the others to say when they have taken or seen something. Then look once more before sleeping. */
  wait(): void {
    Atomics.store(this.#words, this.#layout.waits(this.#own) >> 2, 1)
  }

  /** Nobody waits for this rank any more. */
  left(rank: number): void {
    this.#hasLeft[rank] = true
  }

  /** How many of `published` own records a rank has taken. */
  takenBy(rank: number, published: number): number {
    return this.#reported(this.#layout.taken(rank, this.#own), published)
  }

  /** How many of `published` own records a rank knows of. */
  seenBy(rank: number, published: number): number {
    return this.#reported(this.#layout.seen(rank, this.#own), published)
  }

  /** How many of `published` own records all others have taken. */
  takenByAll(published: number): number {
    let least = published
    for (let rank = 0; rank < this.#layout.ranks; rank++)
      if (rank !== this.#own && this.#hasLeft[rank] !== true) least = Math.min(least, this.takenBy(rank, published))
    return least
  }

  /** True when a rank has left, or taken a record of `published` own ones. */
  needsNoMore(rank: number, record: number, published: number): boolean {
    return this.#hasLeft[rank] === true || this.takenBy(rank, published) > record
  }

  /** The rank that has taken the fewest of `published` own records. */
  slowest(published: number): number {
    let slowest = this.#own === 0 ? 1 : 0
    let most = -1
    for (let rank = 0; rank < this.#layout.ranks; rank++) {
      if (rank === this.#own || this.#hasLeft[rank] === true) continue
      const owed = published - this.takenBy(rank, published)
      if (owed <= most) continue
      slowest = rank
      most = owed
    }
    return slowest
  }

  #tell(rank: number): void {
    const word = this.#layout.waits(rank) >> 2
    if (Atomics.load(this.#words, word) === 0) return
    Atomics.store(this.#words, word, 0)
    this.#hail(rank)
  }

  /** How many of `published` records another rank has reported in a word, in which anything may stand. */
  #reported(byte: number, published: number): number {
    const behind = (published - Atomics.load(this.#words, byte >> 2)) | 0
    return behind >= 0 && behind <= LINES ? published - behind : published - LINES
  }
}
