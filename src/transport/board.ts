/**
 * A notice board in memory that all ranks of one host share: each rank publishes records, in order, and all the others
 * read each of them, in that order. What p − 1 messages would say is written once. Pure: no system calls; whoever owns it
 * looks, and waits.
 *
 * Each rank has an area in which only it writes:
 *
 *   a line      word 0: how many collectives it has entered; word 1: how many it has begun; of rank 0 also from which on the
 *               board is used (board-adoption)
 *   a line      word 0: it waits until others have taken or seen what it has published
 *   taken       one word for each rank: how many of that rank's records it needs no more
 *   seen        one word for each rank: how many of that rank's records it knows of
 *   records     LINES lines: number + 1, call, signature, bytes (and for whom), then up to 48 bytes of data. The first word
 *               is written last, so a reader watches one line, which holds a small record entirely
 *   slots       one for each line, for data that is too large for it, but little: up to 1 KiB
 *   data        a ring (data-ring) of what is larger
 *
 * Where ranks can read each other's memory, a record may say where data lies instead: it is lent until all others have
 * taken the record, and may be taken back before. A record may be for one of them only: the others pass over it, when they
 * look for what comes after it.
 *
 * A record is written over the one LINES before it, its data over what was there a lap before, when all others have taken those.
 */
import { byteLengthOf, type TypedArray } from '../wire/element-type.ts'
import { BoardAdoption } from './board-adoption.ts'
import { LINES } from './board-layout.ts'
import type { BoardLayout } from './board-layout.ts'
import { BoardMemory } from './board-memory.ts'
import { BoardReceipts } from './board-receipts.ts'
import { BoardRecords } from './board-records.ts'
import type { Destination } from './destination.ts'
import type { VectorMemory } from './vector-memory.ts'

/** Records with all data in line or slot are given back so many at a time: their writer's line stays where it is. */
const GIVEN_BACK = 16

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

export class Board {
  readonly size: number
  readonly own: number
  /** The most that one record carries, in bytes. */
  readonly pieceBytes: number
  /** The memory of which the board is the beginning, if vector instructions can run on it. */
  readonly vectors: VectorMemory | undefined
  /** Called whenever this rank looks for what has arrived: serves who waits for the board. True when it served any. */
  serve: () => boolean = () => false
  /** Somebody waits for what will stand here: `serve` is due at every look, else only now and then. */
  isAwaited = false
  /** What this rank lends: held so that it stays where it is, although the program may have forgotten it. */
  held: readonly TypedArray[] = []
  readonly #layout: BoardLayout
  readonly #memory: BoardMemory
  readonly #words: Int32Array
  readonly #options: BoardOptions
  readonly #records: readonly BoardRecords[]
  readonly #mine: BoardRecords
  readonly #receipts: BoardReceipts
  readonly #adoption: BoardAdoption
  /** Own records that all others had taken when that was last counted. */
  #floor = 0
  /** Own records when the latest of them was taken back; 0 while none was. */
  #takenBack = 0

  constructor(memory: ArrayBuffer | VectorMemory, layout: BoardLayout, options: BoardOptions) {
    this.size = layout.ranks
    this.own = options.own
    this.pieceBytes = layout.pieceBytes
    this.#layout = layout
    this.vectors = memory instanceof ArrayBuffer ? undefined : memory
    const views = new BoardMemory(memory instanceof ArrayBuffer ? memory : memory.buffer, layout, options.destination)
    this.#memory = views
    this.#words = views.words
    this.#options = options
    const ranks = Array.from({ length: layout.ranks }, (_, rank) => rank)
    this.#records = ranks.map((rank) => new BoardRecords(views, layout, rank, rank === options.own))
    this.#mine = this.of(options.own)
    this.#receipts = new BoardReceipts(views.words, layout, options.own, options.hail)
    this.#adoption = new BoardAdoption(views.words, layout, options.own, options.isComplete)
  }

  /** A number that grows with every record published or taken. */
  get progress(): number {
    let records = 0
    for (const { count } of this.#records) records += count
    return records
  }

  /** This rank begins a collective. True when it and all later ones are on the board: then this need not be asked again. */
  begins(call: number): boolean {
    return this.#adoption.begins(call)
  }

  /** Finds out whether this rank can read the memory of the others, which have opened the board, and says so. */
  explore(): void {
    this.#options.memory.explore()
  }

  /** True when data can be lent, for all others can read it. */
  get lends(): boolean {
    return this.#options.memory.isOpen()
  }

  /** This rank has entered so many collectives, on the board or not. What it published for them came before. */
  enter(collectives: number): void {
    Atomics.store(this.#words, this.#layout.entered(this.own) >> 2, collectives)
  }

  entered(rank: number): number {
    return Atomics.load(this.#words, this.#layout.entered(rank) >> 2)
  }

  /** True when a record of so many bytes can be published now. */
  hasRoom(bytes: number): boolean {
    if (this.#mine.fits(bytes, this.#floor)) return true
    this.#floor = this.#receipts.takenByAll(this.#mine.count)
    return this.#mine.fits(bytes, this.#floor)
  }

  /** The same, looking for a moment. */
  hasRoomSoon(bytes: number): boolean {
    const { looks, pauses, pause } = this.#options
    for (let i = 0; ; i++) {
      for (let k = 0; k < looks; k++) if (this.hasRoom(bytes)) return true
      if (i === pauses) return false
      pause()
    }
  }

  /** The rank for which room has to be waited, while there is none. */
  get slowest(): number {
    return this.#receipts.slowest(this.#mine.count)
  }

  /** A rank has left: nobody waits until it has taken what is here. */
  left(rank: number): void {
    this.#receipts.left(rank)
  }

  /** Where the data of the next record is best prepared, for which there is room: mostly where it will lie. */
  draft<A extends TypedArray>(like: A): A {
    return this.#mine.draft(like)
  }

  /** An array like this one, of at most `pieceBytes`, in memory of this process's own, until the next draft. */
  apart<A extends TypedArray>(like: A): A {
    return this.#memory.apart(like)
  }

  /** Publishes a record, for which there is room, and wakes who sleeps: all, or the one for whom it is. */
  publish(call: number, signature: number, data: TypedArray | undefined, reader?: number): void {
    const mine = this.#mine
    mine.write(call, signature, data, reader)
    if (mine.count - this.#floor < LINES) mine.fetchNext()
    this.#hail(reader)
  }

  /** Publishes where data lies, for which there is room. It must not change before all, or that one, have taken it. */
  lend(call: number, signature: number, data: readonly TypedArray[], reader?: number): void {
    this.held = data
    const places = new Float64Array(2 * data.length)
    for (const [index, array] of data.entries()) {
      places[2 * index] = this.#options.memory.address(array)
      places[2 * index + 1] = byteLengthOf(array)
    }
    this.#mine.write(call, signature, places, reader, true)
    this.#hail(reader)
  }

  /** What was lent has been taken by all; or it is taken back: who has not taken it finds that it was never there. */
  endLoan(isTaken: boolean): void {
    this.held = []
    if (isTaken) return
    this.#mine.erase()
    this.#takenBack = this.#mine.count
  }

  /** True when a rank has taken all that was published here. */
  isTakenBy(rank: number): boolean {
    const { count } = this.#mine
    return this.#receipts.takenBy(rank, count) === count
  }

  /** The same of all others, or of one, looking for a moment. */
  isTakenSoon(reader?: number): boolean {
    const { looks, pauses, pause } = this.#options
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

  /**
   * Copies what a rank has lent with its next record, at one of its places, and gives the record back. `missing` when it has
   * taken it back meanwhile: then the target may hold anything. `refused` when the system does not allow it.
   */
  borrow(rank: number, target: TypedArray, place = 0): 'read' | 'missing' | 'refused' {
    const isRead = target.length === 0 || this.#options.memory.read(rank, this.of(rank).lentAddress(place), target)
    // What the other has changed since it took the record back may have been read.
    if (!this.of(rank).hasNext) return 'missing'
    if (!isRead) return 'refused'
    this.take(rank)
    return 'read'
  }

  /** The records of a rank: what its next one says, of this rank its latest. */
  of(rank: number): BoardRecords {
    return this.#records[rank] as BoardRecords
  }

  /** A rank's next record for this one is there. Those for others are passed over. */
  hasNext(rank: number): boolean {
    const records = this.of(rank)
    while (records.hasNext) {
      if (records.isFor(this.own)) return true
      this.take(rank)
    }
    return false
  }

  /** The same, looking for a moment. */
  hasSoon(rank: number): boolean {
    const { looks, pauses, pause } = this.#options
    for (let i = 0; ; i++) {
      for (let k = 0; k < looks; k++) if (this.hasNext(rank)) return true
      if (i === pauses) return false
      pause()
    }
  }

  /** A rank's next record is not needed any more, which it hears soon; at once if it waits for that, having lent something. */
  take(rank: number): void {
    const records = this.of(rank)
    const { isLittle } = records
    records.pass()
    if (isLittle && records.count % GIVEN_BACK !== 0) return
    this.#receipts.took(rank, records.count)
  }

  /** Takes note of what others have published, and says so. */
  look(): void {
    for (let rank = 0; rank < this.size; rank++) {
      if (rank === this.own) continue
      const records = this.of(rank)
      if (records.look()) this.#receipts.saw(rank, records.seen)
    }
  }

  /** True when a rank knows of all that was published here, and not taken back. */
  isSeenBy(rank: number): boolean {
    const { count } = this.#mine
    const unseen = count - this.#receipts.seenBy(rank, count)
    return unseen === 0 || (unseen === 1 && count === this.#takenBack)
  }

  /** Asks the others to say when they have taken or seen something. Then look once more before sleeping. */
  wait(): void {
    this.#receipts.wait()
  }

  /** Lets a rank look, if it sleeps: it may have slept through what was for others. */
  rouse(rank: number): void {
    this.#options.hail(rank)
  }

  /** Wakes a rank if it sleeps, or all. */
  #hail(reader: number | undefined): void {
    if (reader !== undefined) return this.#options.hail(reader)
    for (let rank = 0; rank < this.size; rank++) if (rank !== this.own) this.#options.hail(rank)
  }
}
