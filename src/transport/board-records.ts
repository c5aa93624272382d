/**
 * The records of one rank on a board (see board): where they lie, which is next, and what stands in it. Nothing read from
 * shared memory is trusted: no access leaves the board, whatever stands there.
 */
import { byteLengthOf } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { LINE, LINES } from './board-layout.ts'
import type { BoardLayout } from './board-layout.ts'
import { viewOn, type BoardMemory } from './board-memory.ts'
import { DataRing, GRAIN, GRAIN_BITS } from './data-ring.ts'
import type { Destination } from './destination.ts'

const INLINE_OFFSET = 16
/** The most that a line holds. */
const INLINE_BYTES = LINE - INLINE_OFFSET
/** In one word: how long the data is, … */
const LENGTH = 2 ** 19 - 1
/** … whether it says where data lies: doubles in pairs, address and bytes; … */
const LENT = 2 ** 19
/** … and for whom it is, if for one reader only: its rank, plus one. */
const READER = 20
/** Of data in neither line nor slot: at which grain of the ring it begins. */
const PLACE = INLINE_OFFSET / 4
/** Lines looked at in one go. Who is behind has passed all of them by then, unless what stands there makes no sense. */
const MOST_PASSED = 4 * LINES
/** Up to here doubles are copied by a loop, which needs neither a view nor a call. */
const LOOP_DOUBLES = 8

export class BoardRecords {
  /** Records that this rank has taken, or, of its own, published. */
  count = 0
  /** Records that this rank knows of. */
  seen = 0
  /** Up to here a record's data has a place of its own, in its line or slot. */
  readonly #ownBytes: number
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  readonly #memory: BoardMemory
  readonly #destination: Destination
  /** Word of its first line; byte of its first slot; bytes between which its other data lies, and where the next of it does. */
  readonly #lines: number
  readonly #slots: number
  readonly #slotBytes: number
  readonly #start: number
  readonly #end: number
  readonly #ring: DataRing
  /** Of this rank itself, the data is that of its latest record, so many before the next, … */
  readonly #back: 0 | 1
  /** … which lies here unless in its line or slot. */
  #latest: number
  /** By line, of this rank's own records: how much of the ring was passed before it, and for whom it is, if for one only. */
  readonly #passed: number[] = Array.from({ length: LINES }, () => 0)
  readonly #readers: (number | undefined)[] = Array.from({ length: LINES }, () => undefined)
  /** The latest view of the data of each line and its slot, and of what begins at each grain. */
  readonly #views: (TypedArray | undefined)[]

  constructor(memory: BoardMemory, layout: BoardLayout, rank: number, isOwn: boolean) {
    this.#words = memory.words
    this.#doubles = memory.doubles
    this.#memory = memory
    this.#destination = memory.destination
    this.#lines = layout.lines(rank) / 4
    this.#slots = layout.slots(rank)
    this.#slotBytes = layout.slotBytes
    this.#ownBytes = Math.max(INLINE_BYTES, layout.slotBytes)
    this.#latest = this.#start = layout.data(rank)
    this.#end = this.#start + layout.dataBytes
    this.#ring = new DataRing(layout.dataBytes)
    this.#back = isOwn ? 1 : 0
    this.#views = Array.from({ length: LINES + layout.dataBytes / GRAIN }, () => undefined)
  }

  /** True when the next record is there, for whomever it is. */
  get hasNext(): boolean {
    return this.#isThere(this.count)
  }

  /**
   * True when the next record for a rank is there. Passes over those for others, which are written over without it: what has
   * been was for others. (The first word is looked at once more, for the one that says for whom may have been of the next lap.)
   */
  hasNextFor(rank: number): boolean {
    const words = this.#words
    for (let i = 0; i < MOST_PASSED; i++) {
      const line = this.#line(0)
      const number = Atomics.load(words, line)
      const ahead = (number - this.count - 1) | 0
      if (ahead < 0) return false
      if (ahead > 0) this.count += Math.max(1, ahead + 1 - LINES)
      else {
        const reader = Atomics.load(words, line + 3) >>> READER
        if (reader !== 0 && reader !== rank + 1) this.count++
        else if (Atomics.load(words, line) === number) return true
      }
    }
    return false
  }

  /** Of the next record, which is there. */
  get call(): number {
    return this.#words[this.#line(0) + 1] as number
  }

  get signature(): number {
    return (this.#words[this.#line(0) + 2] as number) >>> 0
  }

  /** −1 where it says where data lies. */
  get bytes(): number {
    const word = this.#word
    return (word & LENT) === 0 ? word & LENGTH : -1
  }

  /** Its data is not lent, and lies where only its place in turn can be overwritten. */
  get isLittle(): boolean {
    const { bytes } = this
    return bytes >= 0 && bytes <= this.#ownBytes
  }

  /** The bytes that are lent with the next record at one of its places; undefined when it has no such place. */
  lentBytes(place = 0): number | undefined {
    return this.#lent(place, 1)
  }

  lentAddress(place = 0): number {
    return this.#lent(place, 0) ?? 0
  }

  /** Takes note of what is there. True when that is more than before. */
  look(): boolean {
    const before = this.seen
    this.seen = Math.max(before, this.count)
    while (this.seen - this.count < LINES && this.#isThere(this.seen)) this.seen++
    return this.seen !== before
  }

  /** Copies the data, `target.byteLength` bytes, which is what `bytes` says. */
  read(target: TypedArray): void {
    if (target instanceof Float64Array && target.length <= LOOP_DOUBLES) {
      const index = this.#data(8 * target.length) >> 3
      for (let i = 0; i < target.length; i++) target[i] = this.#doubles[index + i] as number
    } else (target as Uint8Array).set(this.view(target) as Uint8Array)
  }

  /** The number that the data is. */
  double(): number {
    return this.#doubles[this.#data(8) >> 3] as number
  }

  /** One of the doubles that the data of another rank's record begins with. */
  doubleAt(index: number): number {
    return this.#doubles[(this.#data(this.#length) >> 3) + index] as number
  }

  /** Copies a part of the data of another rank's record, from a byte of it on that is a multiple of eight. */
  readPart(from: number, target: TypedArray): void {
    const at = this.#data(this.#length) + from
    if (target instanceof Float64Array && target.length <= LOOP_DOUBLES)
      for (let i = 0; i < target.length; i++) target[i] = this.#doubles[(at >> 3) + i] as number
    else (target as Uint8Array).set(this.#viewOn(at, 0, target) as Uint8Array)
  }

  /** The data where it lies, as an array of the type and length of `like`. */
  view<A extends TypedArray>(like: A): A {
    return this.#viewOn(this.#data(byteLengthOf(like)), this.#back, like)
  }

  /** Where the data of this rank's next record is best prepared: where it will lie, or apart, if it is better copied. */
  draft<A extends TypedArray>(like: A): A {
    if (this.#destination.prefersCopies(byteLengthOf(like))) return this.#memory.apart(like)
    return this.#viewOn(this.#nextData(byteLengthOf(like)), 0, like)
  }

  /** True when a record of this rank of so many bytes is written over none that somebody needs: so many nobody does. */
  fits(bytes: number, free: number): boolean {
    if (this.count - free >= LINES) return false
    if (bytes <= this.#ownBytes || this.count === free) return true
    return this.#ring.spares(this.#passed[free & (LINES - 1)] as number, bytes)
  }

  /** For whom one of the latest records of this rank is; undefined: for all. */
  readerOf(index: number): number | undefined {
    return this.#readers[index & (LINES - 1)]
  }

  /** Goes on to the next record of another rank. */
  pass(): void {
    this.count++
  }

  /**
   * Writes the next record, with its data, which may be a draft.
   *
   * @param reader for whom it is. @default all
   * @param isLent the data says where data lies
   */
  write(call: number, signature: number, data: TypedArray | undefined, reader?: number, isLent = false): void {
    const bytes = data === undefined ? 0 : byteLengthOf(data)
    const at = this.#nextData(bytes)
    const words = this.#words
    const index = this.count & (LINES - 1)
    const line = this.#line(0)
    // Some may still look at a record for another one, and must not see a part of this one.
    const isWatched = this.#readers[index] !== undefined
    if (isWatched) this.#hide(0)
    this.#readers[index] = reader
    this.#passed[index] = this.#ring.passed
    if (data !== undefined && bytes > this.#ownBytes) {
      this.#latest = at
      this.#ring.pass(bytes)
      words[line + PLACE] = (at - this.#start) >> GRAIN_BITS
      if (data.byteOffset === at && data.buffer === this.#memory.bytes.buffer) this.#destination.drafted(bytes)
      else this.#destination.put(data, at)
    } else if (data !== undefined && bytes > 0) this.#destination.put(data, at)
    words[line + 1] = call
    words[line + 2] = signature
    const word = bytes | (isLent ? LENT : 0) | (reader === undefined ? 0 : (reader + 1) << READER)
    if (isWatched) Atomics.store(words, line + 3, word)
    else words[line + 3] = word
    this.count++
    Atomics.store(words, line, this.count | 0)
  }

  /**
   * Writes to the next record's line, which nobody needs: it comes from the caches of its readers now, while this rank waits
   * for them, and not when it has something to say.
   */
  fetchNext(): void {
    if (this.#readers[this.count & (LINES - 1)] === undefined) this.#words[this.#line(0) + 3] = 0
    else this.#hide(0)
  }

  /** Makes the latest record one that was never there. */
  erase(): void {
    this.#hide(1)
  }

  /** In the line of the next record, or one so many before: that one is not there, and what was there a lap before is not any more. */
  #hide(back: number): void {
    Atomics.store(this.#words, this.#line(back), (this.count - back) | 0)
  }

  #lent(place: number, part: 0 | 1): number | undefined {
    if ((this.#word & LENT) === 0 || 16 * place + 16 > this.#length) return undefined
    return this.doubleAt(2 * place + part)
  }

  get #word(): number {
    return this.#words[this.#line(0) + 3] as number
  }

  get #length(): number {
    return this.#word & LENGTH
  }

  #isThere(index: number): boolean {
    return Atomics.load(this.#words, this.#lines + ((index & (LINES - 1)) << 4)) === ((index + 1) | 0)
  }

  /** Word of the next record, or of one so many before. */
  #line(back: number): number {
    return this.#lines + (((this.count - back) & (LINES - 1)) << 4)
  }

  /** Where data of this length lies. */
  #data(bytes: number): number {
    if (bytes <= this.#ownBytes) return this.#little(bytes, this.#back)
    const at = this.#back === 1 ? this.#latest : this.#start + (this.#words[this.#line(0) + PLACE] as number) * GRAIN
    return at < this.#start || at + bytes > this.#end ? this.#start : at
  }

  #nextData(bytes: number): number {
    return bytes > this.#ownBytes ? this.#start + this.#ring.start(bytes) : this.#little(bytes, 0)
  }

  #little(bytes: number, back: number): number {
    if (bytes <= INLINE_BYTES) return (this.#line(back) << 2) + INLINE_OFFSET
    return this.#slots + ((this.count - back) & (LINES - 1)) * this.#slotBytes
  }

  #viewOn<A extends TypedArray>(at: number, back: number, like: A): A {
    const { length } = like
    const index = at >= this.#start ? LINES + ((at - this.#start) >> GRAIN_BITS) : (this.count - back) & (LINES - 1)
    const kept = this.#views[index]
    if (kept !== undefined && kept.length === length && kept.byteOffset === at && kept.constructor === like.constructor)
      return kept as A
    const view = viewOn(this.#memory.bytes.buffer, at, like)
    this.#views[index] = view
    return view
  }
}
