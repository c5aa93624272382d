/**
 * The records of one rank on a board (see board): where they lie, which is next, and what stands in it. Nothing read from
 * shared memory is trusted: no access leaves the board, whatever stands there.
 */
import { byteLengthOf } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { LINE, LINES } from './board-layout.ts'
import type { BoardLayout } from './board-layout.ts'
import { viewOn, type BoardMemory } from './board-memory.ts'
import { GRAIN, GRAIN_BITS } from './data-ring.ts'

const INLINE_OFFSET = 16
/** The most that a line holds. */
const INLINE_BYTES = LINE - INLINE_OFFSET
/** In one word: how long the data is, … */
const LENGTH = 2 ** 19 - 1
/** … whether it says where data lies: doubles in pairs, address and bytes; … */
export const LENT = 2 ** 19
/** … and for whom it is, if for one reader only: its rank, plus one. */
export const READER = 20
/** In a line's first word: the record is for one reader. The rest is its number, plus one. */
export const FOR_ONE = 1
/** Of data in neither line nor slot: at which grain of the ring it begins. */
export const PLACE = INLINE_OFFSET / 4
/** Lines looked at in one go. Who is behind has passed all of them by then, unless what stands there makes no sense. */
const MOST_PASSED = 4 * LINES
/** Up to here doubles are copied by a loop, which needs neither a view nor a call. */
const LOOP_DOUBLES = 8

export class BoardRecords {
  /** Records that this rank has taken or passed over, or, of its own, published. */
  count = 0
  /** Records that this rank knows of. */
  seen = 0
  /** Up to here a record's data has a place of its own, in its line or slot. */
  protected readonly ownBytes: number
  protected readonly words: Int32Array
  readonly #doubles: Float64Array
  protected readonly memory: BoardMemory
  /** Word of its first line; byte of its first slot. */
  readonly #lines: number
  readonly #slots: number
  readonly #slotBytes: number
  /** Bytes between which its other data lies. */
  protected readonly start: number
  protected readonly end: number
  /** The latest view of the data of each line and its slot, and of what begins at each grain. */
  readonly #views: (TypedArray | undefined)[]
  /** Where it begins: to ask the view takes a call. */
  readonly #viewed: number[]

  constructor(memory: BoardMemory, layout: BoardLayout, rank: number) {
    this.words = memory.words
    this.#doubles = memory.doubles
    this.memory = memory
    this.#lines = layout.lines(rank) / 4
    this.#slots = layout.slots(rank)
    this.#slotBytes = layout.slotBytes
    this.ownBytes = Math.max(INLINE_BYTES, layout.slotBytes)
    this.start = layout.data(rank)
    this.end = this.start + layout.dataBytes
    this.#views = Array.from({ length: LINES + layout.dataBytes / GRAIN }, () => undefined)
    this.#viewed = this.#views.map(() => 0)
  }

  /**
   * True when the next record for a rank is there. What is for all stays until this rank has taken it: one look at one word
   * is enough.
   */
  hasNextFor(rank: number): boolean {
    const ahead = (Atomics.load(this.words, this.line(0)) - numbered(this.count)) | 0
    return ahead === 0 || (ahead > 0 && this.#findNextFor(rank))
  }

  /** Of the next record, which is there. */
  get call(): number {
    return this.words[this.line(0) + 1] as number
  }

  get signature(): number {
    return (this.words[this.line(0) + 2] as number) >>> 0
  }

  /** −1 where it says where data lies. */
  get bytes(): number {
    const word = this.#word()
    return (word & LENT) === 0 ? word & LENGTH : -1
  }

  /** Its data is not lent, and lies where only its place in turn can be overwritten. */
  get isLittle(): boolean {
    const { bytes } = this
    return bytes >= 0 && bytes <= this.ownBytes
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
      const index = this.data(8 * target.length) >> 3
      for (let i = 0; i < target.length; i++) target[i] = this.#doubles[index + i] as number
    } else (target as Uint8Array).set(this.view(target) as Uint8Array)
  }

  /** The number that the data is. */
  double(): number {
    return this.#doubles[this.data(8) >> 3] as number
  }

  /** One of the doubles that the next record's data begins with, of so many bytes. */
  doubleAt(index: number, bytes: number): number {
    return this.#doubles[(this.data(bytes) >> 3) + index] as number
  }

  /** Copies a part of the next record's data, of so many bytes, from a byte of it on that is a multiple of eight. */
  readPart(from: number, target: TypedArray, bytes: number): void {
    const at = this.data(bytes) + from
    if (target instanceof Float64Array && target.length <= LOOP_DOUBLES)
      for (let i = 0; i < target.length; i++) target[i] = this.#doubles[(at >> 3) + i] as number
    else (target as Uint8Array).set(this.viewOn(at, target) as Uint8Array)
  }

  /** The data where it lies, as an array of the type and length of `like`. */
  view<A extends TypedArray>(like: A): A {
    return this.viewOn(this.data(byteLengthOf(like)), like)
  }

  /** Goes on to the next record of another rank. */
  pass(): void {
    this.count++
  }

  /**
   * Passes over what is for others, which is written over without this rank: what has been was for others. For whom a record
   * is that is for one only stands in another word, which may be of the next lap by then: then the first has changed, too.
   */
  #findNextFor(rank: number): boolean {
    const words = this.words
    for (let i = 0; i < MOST_PASSED; i++) {
      const line = this.line(0)
      const first = Atomics.load(words, line)
      const ahead = (first - numbered(this.count)) | 0
      if (ahead === 0) return true
      if (ahead < 0) return false
      if (ahead > FOR_ONE) this.count += Math.max(1, (ahead >> 1) + 1 - LINES)
      else {
        const reader = Atomics.load(words, line + 3) >>> READER
        if (reader !== rank + 1) this.count++
        else if (Atomics.load(words, line) === first) return true
      }
    }
    return false
  }

  #lent(place: number, part: 0 | 1): number | undefined {
    const word = this.#word()
    const bytes = word & LENGTH
    return (word & LENT) === 0 || 16 * place + 16 > bytes ? undefined : this.doubleAt(2 * place + part, bytes)
  }

  #word(): number {
    return this.words[this.line(0) + 3] as number
  }

  #isThere(index: number): boolean {
    return (Atomics.load(this.words, this.#lines + ((index & (LINES - 1)) << 4)) & ~FOR_ONE) === numbered(index)
  }

  /** Word of the next record, or of one so many before. */
  protected line(back: number): number {
    return this.#lines + (((this.count - back) & (LINES - 1)) << 4)
  }

  /** Where the data of the next record lies, of so many bytes. */
  protected data(bytes: number): number {
    if (bytes <= this.ownBytes) return this.little(bytes, 0)
    const at = this.start + (this.words[this.line(0) + PLACE] as number) * GRAIN
    return at < this.start || at + bytes > this.end ? this.start : at
  }

  protected little(bytes: number, back: number): number {
    if (bytes <= INLINE_BYTES) return (this.line(back) << 2) + INLINE_OFFSET
    return this.#slots + ((this.count - back) & (LINES - 1)) * this.#slotBytes
  }

  protected viewOn<A extends TypedArray>(at: number, like: A): A {
    const { length } = like
    const index = this.#indexOf(at)
    const kept = this.#views[index]
    if (
      kept !== undefined &&
      kept.length === length &&
      this.#viewed[index] === at &&
      kept.constructor === like.constructor
    )
      return kept as A
    const view = viewOn(this.memory.bytes.buffer, at, like)
    this.#views[index] = view
    this.#viewed[index] = at
    return view
  }

  /** By what a view of the data that lies here is kept: its line or slot, or the grain in which it begins. */
  #indexOf(at: number): number {
    if (at >= this.start) return LINES + ((at - this.start) >> GRAIN_BITS)
    const line = ((at >> 2) - this.#lines) >> 4
    return line < LINES ? line : Math.floor((at - this.#slots) / this.#slotBytes)
  }
}

/** What the first word of a record's line says of its place among all records of its rank, from 0 on. */
export function numbered(index: number): number {
  return (index + 1) << 1
}
