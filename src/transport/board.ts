/**
 * A notice board in memory that all ranks of one host share: each rank publishes records, in order, and all the others
 * read each of them, in that order. What p − 1 messages would say is written once. Pure: no system calls; whoever owns it
 * looks, and waits.
 *
 * Each rank has an area in which only it writes:
 *
 *   a line      word 0: how many collectives it has entered; of rank 0 also the verdict of all ranks on the board's use
 *   a line      word 0: it waits until others have taken or seen what it has published
 *   taken       one word for each rank: how many of that rank's records it needs no more
 *   seen        one word for each rank: how many of that rank's records it knows of
 *   records     LINES lines: number + 1, call, signature, bytes, then up to 48 bytes of data. The first word is written
 *               last, so a reader watches one line, which holds a small record entirely
 *   slots       SLOTS pieces of data that are too large for a line
 *
 * Where ranks can read each other's memory, a record may say where data lies instead: it is lent until all others have
 * taken the record, and may be taken back before.
 *
 * A record is written over the one LINES before it, a slot over the one SLOTS before it, when all others have taken those.
 * Nothing read from shared memory is trusted: no access leaves the board, whatever stands there.
 */
import { byteLengthOf, TYPED_ARRAYS } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { LINE, LINES, SLOTS } from './board-layout.ts'
import type { BoardLayout } from './board-layout.ts'

const INLINE_OFFSET = 16
const INLINE_BYTES = LINE - INLINE_OFFSET
/** Instead of its bytes: of a record that says where data lies, from this double on: address, bytes. */
const LENT = -1
const LENT_AT = INLINE_OFFSET / 8
/** Records without a slot are given back so many at a time: their writer's line stays where it is. */
const GIVEN_BACK = 16
/** Up to here doubles are copied by a loop, which needs neither a view nor a call. */
const LOOP_DOUBLES = 8
const TYPES = new Map<string, (typeof TYPED_ARRAYS)[number]>(TYPED_ARRAYS.map((type) => [type.name, type]))

/** Verdicts. */
const USED = 1
const UNUSED = 2

/** What the board knows of one rank's records. */
interface Stream {
  /** Word of its first line, byte of its first slot. */
  readonly lines: number
  readonly slots: number
  /** Records that this rank has taken, or, of its own, published; those of them that had a slot. */
  records: number
  slotted: number
  /** Records that this rank knows of. */
  seen: number
  /** The latest view of each line's and slot's data. */
  readonly views: (TypedArray | undefined)[]
}

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
  /** Called whenever this rank looks for what has arrived: serves who waits for the board. True when it served any. */
  serve: () => boolean = () => false
  /** Somebody waits for what will stand here: `serve` is due at every look, else only now and then. */
  isAwaited = false
  readonly #layout: BoardLayout
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  readonly #bytes: Uint8Array
  readonly #options: BoardOptions
  readonly #streams: readonly Stream[]
  readonly #mine: Stream
  /** By slot: how many records there are once it has been used. */
  readonly #slotUse: number[] = Array.from({ length: SLOTS }, () => 0)
  /** Own records that all others had taken when that was last counted. */
  #floor = 0
  /** By rank: it has left, and reads nothing any more. */
  readonly #hasLeft: boolean[] = []

  constructor(memory: ArrayBuffer, layout: BoardLayout, options: BoardOptions) {
    this.size = layout.ranks
    this.own = options.own
    this.pieceBytes = layout.slotBytes
    this.#layout = layout
    this.#words = new Int32Array(memory)
    this.#doubles = new Float64Array(memory)
    this.#bytes = new Uint8Array(memory)
    this.#options = options
    this.#streams = Array.from({ length: layout.ranks }, (_, rank) => ({
      lines: layout.lines(rank) / 4,
      slots: layout.slots(rank),
      records: 0,
      slotted: 0,
      seen: 0,
      views: Array.from({ length: LINES + SLOTS }, () => undefined),
    }))
    this.#mine = this.#stream(options.own)
  }

  /** A number that grows with every record published or taken. */
  get progress(): number {
    let records = 0
    for (const stream of this.#streams) records += stream.records
    return records
  }

  /** True when every rank has opened it. To be asked once all have said, in whatever way, that they have tried. */
  get isComplete(): boolean {
    return this.#options.isComplete()
  }

  /**
   * Settles whether the ranks use the board: as the first of them says that calls this. True when they do. Only who knows
   * that it is complete may be for it.
   */
  settle(isForIt: boolean): boolean {
    const verdict = isForIt ? USED : UNUSED
    const earlier = Atomics.compareExchange(this.#words, this.#layout.verdict >> 2, 0, verdict)
    return (earlier === 0 ? verdict : earlier) === USED
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
    if (this.#fits(bytes)) return true
    this.#floor = this.#leastTaken()
    return this.#fits(bytes)
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
    const { records } = this.#mine
    let slowest = this.own === 0 ? 1 : 0
    let most = -1
    for (let rank = 0; rank < this.size; rank++) {
      if (rank === this.own || this.#hasLeft[rank] === true) continue
      const owed = records - this.#reported(this.#layout.taken(rank, this.own))
      if (owed <= most) continue
      slowest = rank
      most = owed
    }
    return slowest
  }

  /** A rank has left: nobody waits until it has taken what is here. */
  left(rank: number): void {
    this.#hasLeft[rank] = true
  }

  /** Publishes a record, for which there is room, and wakes who sleeps. */
  publish(call: number, signature: number, data: TypedArray | undefined): void {
    const mine = this.#mine
    const bytes = data === undefined ? 0 : byteLengthOf(data)
    if (data !== undefined && bytes > 0) {
      if (bytes > INLINE_BYTES) {
        const slot = mine.slotted++ & (SLOTS - 1)
        this.#slotUse[slot] = mine.records + 1
        this.#write(data, mine.slots + slot * this.pieceBytes)
      } else this.#write(data, ((mine.lines + ((mine.records & (LINES - 1)) << 4)) << 2) + INLINE_OFFSET)
    }
    this.#announce(call, signature, bytes)
  }

  #announce(call: number, signature: number, bytes: number): void {
    const words = this.#words
    const mine = this.#mine
    const line = mine.lines + ((mine.records & (LINES - 1)) << 4)
    words[line + 1] = call
    words[line + 2] = signature
    words[line + 3] = bytes
    mine.records++
    Atomics.store(words, line, mine.records | 0)
    for (let rank = 0; rank < this.size; rank++) if (rank !== this.own) this.#options.hail(rank)
  }

  /** Publishes where data lies, for which there is room. It must not change before all others have taken it. */
  lend(call: number, signature: number, data: TypedArray): void {
    const index = (this.#mine.lines + ((this.#mine.records & (LINES - 1)) << 4)) >> 1
    this.#doubles[index + LENT_AT] = this.#options.memory.address(data)
    this.#doubles[index + LENT_AT + 1] = byteLengthOf(data)
    this.#announce(call, signature, LENT)
  }

  /** True when a rank has taken all that was published here. */
  isTakenBy(rank: number): boolean {
    return this.#reported(this.#layout.taken(rank, this.own)) === this.#mine.records
  }

  /** The same of all others, looking for a moment. */
  isTakenSoon(): boolean {
    const { looks, pauses, pause } = this.#options
    for (let i = 0, rank = 0; ; i++) {
      for (let k = 0; k < looks; k++) {
        while (rank < this.size && (rank === this.own || this.isTakenBy(rank))) rank++
        if (rank === this.size) return true
      }
      if (i === pauses) return false
      pause()
    }
  }

  /** Takes the latest record of this rank back, which some others have not taken: it is as if it had never been there. */
  takeBack(): void {
    const mine = this.#mine
    Atomics.store(this.#words, mine.lines + (((mine.records - 1) & (LINES - 1)) << 4), 0)
  }

  /**
   * Copies what a rank has lent with its next record, and gives it back. `missing` when it has taken it back meanwhile:
   * then the target may hold anything. `refused` when the system does not allow it.
   */
  borrow(rank: number, target: TypedArray): 'read' | 'missing' | 'refused' {
    const address = this.#doubles[(this.#line(rank) >> 1) + LENT_AT] as number
    const isRead = this.#options.memory.read(rank, address, target)
    // What the other has changed since it took the record back may have been read.
    if (!this.has(rank)) return 'missing'
    if (!isRead) return 'refused'
    this.take(rank, true)
    return 'read'
  }

  /** The bytes that a rank has lent with its next record; undefined when it carries its data itself. */
  lent(rank: number): number | undefined {
    if (this.bytes(rank) !== LENT) return undefined
    return this.#doubles[(this.#line(rank) >> 1) + LENT_AT + 1]
  }

  /** True when a rank's next record is there. */
  has(rank: number): boolean {
    const { lines, records } = this.#stream(rank)
    return Atomics.load(this.#words, lines + ((records & (LINES - 1)) << 4)) === ((records + 1) | 0)
  }

  /** Looks for a rank's next record for a moment. */
  hasSoon(rank: number): boolean {
    const { looks, pauses, pause } = this.#options
    for (let i = 0; ; i++) {
      for (let k = 0; k < looks; k++) if (this.has(rank)) return true
      if (i === pauses) return false
      pause()
    }
  }

  /** Of a rank's next record, which is there. */
  call(rank: number): number {
    return this.#words[this.#line(rank) + 1] as number
  }

  signature(rank: number): number {
    return (this.#words[this.#line(rank) + 2] as number) >>> 0
  }

  bytes(rank: number): number {
    return this.#words[this.#line(rank) + 3] as number
  }

  /** Copies the data of a rank's next record, `target.byteLength` bytes, which is what `bytes` says. */
  read(rank: number, target: TypedArray): void {
    if (target instanceof Float64Array && target.length <= LOOP_DOUBLES) {
      const index = this.#dataOf(this.#stream(rank), 8 * target.length, 0) >> 3
      for (let i = 0; i < target.length; i++) target[i] = this.#doubles[index + i] as number
    } else (target as Uint8Array).set(this.view(rank, target) as Uint8Array)
  }

  /** The first number of a rank's next record; of this rank, of its latest. */
  double(rank: number): number {
    return this.#doubles[this.#dataOf(this.#stream(rank), 8, rank === this.own ? 1 : 0) >> 3] as number
  }

  /**
   * The data of a rank's next record, where it lies, as an array of the type and length of `like`; of this rank, that of
   * its latest record. To be used before it is taken, or before this rank publishes again.
   */
  view<A extends TypedArray>(rank: number, like: A): A {
    const stream = this.#stream(rank)
    const back = rank === this.own ? 1 : 0
    const { length } = like
    const byteLength = byteLengthOf(like)
    const index =
      byteLength > INLINE_BYTES
        ? LINES + ((stream.slotted - back) & (SLOTS - 1))
        : (stream.records - back) & (LINES - 1)
    const kept = stream.views[index]
    if (kept !== undefined && kept.length === length && kept.constructor === like.constructor) return kept as A
    const Type = TYPES.get(like[Symbol.toStringTag]) ?? Uint8Array
    const view = new Type(this.#bytes.buffer, this.#dataOf(stream, byteLength, back), length)
    stream.views[index] = view
    return view as A
  }

  /** A rank's next record is not needed any more, which it hears soon, or `now`. */
  take(rank: number, now = false): void {
    const stream = this.#stream(rank)
    const bytes = this.bytes(rank)
    const isSlotted = bytes > INLINE_BYTES
    stream.records++
    if (isSlotted) stream.slotted++
    else if (!now && stream.records % GIVEN_BACK !== 0) return
    Atomics.store(this.#words, this.#layout.taken(this.own, rank) >> 2, stream.records)
    this.#tell(rank)
  }

  /** Takes note of what others have published, and says so. */
  look(): void {
    for (let rank = 0; rank < this.size; rank++) {
      if (rank === this.own) continue
      const stream = this.#stream(rank)
      const before = stream.seen
      stream.seen = Math.max(before, stream.records)
      while (
        stream.seen - stream.records < LINES &&
        Atomics.load(this.#words, stream.lines + ((stream.seen & (LINES - 1)) << 4)) === ((stream.seen + 1) | 0)
      )
        stream.seen++
      if (stream.seen === before) continue
      Atomics.store(this.#words, this.#layout.seen(this.own, rank) >> 2, stream.seen)
      this.#tell(rank)
    }
  }

  /** True when a rank knows of all that was published here. */
  isSeenBy(rank: number): boolean {
    return this.#reported(this.#layout.seen(rank, this.own)) === this.#mine.records
  }

  /** Asks the others to say when they have taken or seen something. Then look once more before sleeping. */
  wait(): void {
    Atomics.store(this.#words, this.#layout.waits(this.own) >> 2, 1)
  }

  #tell(rank: number): void {
    const word = this.#layout.waits(rank) >> 2
    if (Atomics.load(this.#words, word) === 0) return
    Atomics.store(this.#words, word, 0)
    this.#options.hail(rank)
  }

  #fits(bytes: number): boolean {
    const { records, slotted } = this.#mine
    if (records - this.#floor >= LINES) return false
    return bytes <= INLINE_BYTES || (this.#slotUse[slotted & (SLOTS - 1)] as number) <= this.#floor
  }

  /** Own records that all others have taken. */
  #leastTaken(): number {
    let least = this.#mine.records
    for (let rank = 0; rank < this.size; rank++)
      if (rank !== this.own && this.#hasLeft[rank] !== true)
        least = Math.min(least, this.#reported(this.#layout.taken(rank, this.own)))
    return least
  }

  /** How many of the own records another rank has reported in a word, in which anything may stand. */
  #reported(byte: number): number {
    const { records } = this.#mine
    const behind = (records - Atomics.load(this.#words, byte >> 2)) | 0
    return behind >= 0 && behind <= LINES ? records - behind : records - LINES
  }

  #stream(rank: number): Stream {
    return this.#streams[rank] as Stream
  }

  /** Word of a rank's next record. */
  #line(rank: number): number {
    const { lines, records } = this.#stream(rank)
    return lines + ((records & (LINES - 1)) << 4)
  }

  /** Where data of this length lies: of the next record, or so many before it. */
  #dataOf(stream: Stream, bytes: number, back: number): number {
    if (bytes > INLINE_BYTES) return stream.slots + ((stream.slotted - back) & (SLOTS - 1)) * this.pieceBytes
    return ((stream.lines + (((stream.records - back) & (LINES - 1)) << 4)) << 2) + INLINE_OFFSET
  }

  #write(data: TypedArray, at: number): void {
    if (data instanceof Float64Array) {
      const index = at >> 3
      if (data.length > LOOP_DOUBLES) this.#doubles.set(data, index)
      else for (let i = 0; i < data.length; i++) this.#doubles[index + i] = data[i] as number
    } else if (data instanceof Uint8Array) this.#bytes.set(data, at)
    else this.#bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
  }
}
