/**
 * What one rank publishes on a board (see board): when there is room for it, for whom it is, and what they have made of it.
 */
import { byteLengthOf, type TypedArray } from '../wire/element-type.ts'
import { LINES } from './board-layout.ts'
import type { BoardLayout } from './board-layout.ts'
import type { BoardMemory } from './board-memory.ts'
import { BoardReceipts } from './board-receipts.ts'
import type { Destination } from './destination.ts'
import { OwnRecords } from './own-records.ts'

export interface BoardOptions {
  readonly own: number
  /** Looks in a row for a record, and how often more after a pause, before its reader does something else. */
  readonly looks: number
  readonly pauses: number
  readonly pause: () => void
  /** True when every rank has opened the board. */
  readonly isComplete: () => boolean
  /** Wakes a rank if it sleeps. */
  readonly hail: (rank: number) => void
  /** How data gets onto the board. */
  readonly destination?: Destination
  /** How ranks read each other's memory. */
  readonly memory: {
    /** Finds out whether this rank can read that of all others, and lets them know. */
    readonly explore: () => void
    /** True when every rank has said that it can. */
    readonly isOpen: () => boolean
    readonly address: (data: TypedArray) => number
    /** False when the system refuses. */
    readonly read: (rank: number, address: number, target: TypedArray) => boolean
  }
}

export class BoardPublisher {
  readonly size: number
  readonly own: number
  /** The most that one record carries, in bytes. */
  readonly pieceBytes: number
  /** What this rank lends: held so that it stays where it is, although the program may have forgotten it. */
  held: readonly TypedArray[] = []
  protected readonly options: BoardOptions
  protected readonly mine: OwnRecords
  protected readonly receipts: BoardReceipts
  readonly #memory: BoardMemory
  /** Own records that nobody needed any more when they were last counted. */
  #free = 0
  /** Own records when the latest of them was taken back; 0 while none was. */
  #takenBack = 0
  /** Own records when the latest of them for all was published, and by rank the latest for it alone. */
  #latestForAll = 0
  readonly #latestFor: number[] = []

  constructor(memory: BoardMemory, layout: BoardLayout, options: BoardOptions) {
    this.size = layout.ranks
    this.own = options.own
    this.pieceBytes = layout.pieceBytes
    this.options = options
    this.#memory = memory
    this.mine = new OwnRecords(memory, layout, options.own)
    this.receipts = new BoardReceipts(memory.words, layout, options.own, options.hail)
  }

  /** True when data can be lent, for all others can read it. */
  get lends(): boolean {
    return this.options.memory.isOpen()
  }

  /** True when a record of so many bytes can be published now. */
  hasRoom(bytes: number): boolean {
    if (this.mine.fits(bytes, this.#free)) return true
    this.#count()
    return this.mine.fits(bytes, this.#free)
  }

  /** The same, looking for a moment. */
  hasRoomSoon(bytes: number): boolean {
    const { looks, pauses, pause } = this.options
    for (let i = 0; ; i++) {
      for (let k = 0; k < looks; k++) if (this.hasRoom(bytes)) return true
      if (i === pauses) return false
      pause()
    }
  }

  /** The rank for which room has to be waited, while there is none. */
  get slowest(): number {
    const { mine, receipts } = this
    return (this.#free < mine.count ? mine.readerOf(this.#free) : undefined) ?? receipts.slowest(mine.count)
  }

  /** A rank has left: nobody waits until it has taken what is here. */
  left(rank: number): void {
    this.receipts.left(rank)
  }

  /** Where the data of the next record is best prepared, for which there is room: mostly where it will lie. */
  draft<A extends TypedArray>(like: A): A {
    return this.mine.draft(like)
  }

  /** An array like this one, of at most `pieceBytes`, in memory of this process's own, until the next draft. */
  apart<A extends TypedArray>(like: A): A {
    return this.#memory.apart(like)
  }

  /** Publishes a record, for which there is room, and wakes who sleeps: all, or the one for whom it is. */
  publish(call: number, signature: number, data: TypedArray | undefined, reader?: number): void {
    const mine = this.mine
    mine.write(call, signature, data, reader)
    if (mine.count - this.#free < LINES) mine.fetchNext()
    this.#published(reader)
  }

  /** Publishes where data lies, for which there is room. It must not change before all, or that one, have taken it. */
  lend(call: number, signature: number, data: readonly TypedArray[], reader?: number): void {
    this.held = data
    const places = new Float64Array(2 * data.length)
    for (const [index, array] of data.entries()) {
      places[2 * index] = this.options.memory.address(array)
      places[2 * index + 1] = byteLengthOf(array)
    }
    this.mine.write(call, signature, places, reader, true)
    this.#published(reader)
  }

  /** What was lent has been taken by all; or it is taken back: who has not taken it finds that it was never there. */
  endLoan(isTaken: boolean): void {
    this.held = []
    if (isTaken) return
    this.mine.erase()
    this.#takenBack = this.mine.count
  }

  /** True when a rank has taken all that was published here. */
  isTakenBy(rank: number): boolean {
    const { count } = this.mine
    return this.receipts.takenBy(rank, count) === count
  }

  /** The same of all others, or of one, looking for a moment. */
  isTakenSoon(reader?: number): boolean {
    const { looks, pauses, pause } = this.options
    const end = reader === undefined ? this.size : reader + 1
    for (let i = 0, rank = reader ?? 0; ; i++) {
      for (let k = 0; k < looks; k++) {
        while (rank < end && (rank === this.own || this.isTakenBy(rank))) rank++
        if (rank === end) return true
      }
      if (i === pauses) return false
      pause()
    }
  }

  /** True when a rank knows of all that was published here for it, and not taken back. */
  isSeenBy(rank: number): boolean {
    const latest = Math.max(this.#latestForAll, this.#latestFor[rank] ?? 0)
    const unseen = latest - this.receipts.seenBy(rank, this.mine.count)
    return unseen <= 0 || (unseen === 1 && latest === this.#takenBack)
  }

  /** Asks the others to say when they have taken or seen something. Then look once more before sleeping. */
  wait(): void {
    this.receipts.wait()
  }

  #count(): void {
    const { mine, receipts } = this
    const { count } = mine
    let free = Math.max(this.#free, receipts.takenByAll(count))
    while (free < count) {
      const reader = mine.readerOf(free)
      if (reader === undefined || !receipts.needsNoMore(reader, free, count)) break
      free++
    }
    this.#free = free
  }

  /** Wakes whom the latest record is for, if they sleep. */
  #published(reader: number | undefined): void {
    if (reader === undefined) {
      this.#latestForAll = this.mine.count
      for (let rank = 0; rank < this.size; rank++) if (rank !== this.own) this.options.hail(rank)
    } else {
      this.#latestFor[reader] = this.mine.count
      this.options.hail(reader)
    }
  }
}
