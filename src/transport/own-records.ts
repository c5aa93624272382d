/**
 * The records that this rank publishes on a board (see board): where the next one lies, whether it would lie over what somebody
 * needs, and for whom each is.
 */
import { byteLengthOf } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { LINES } from './board-layout.ts'
import type { BoardLayout } from './board-layout.ts'
import type { BoardMemory } from './board-memory.ts'
import { BoardRecords, FOR_ONE, LENT, numbered, PLACE, READER } from './board-records.ts'
import { DataRing, GRAIN_BITS } from './data-ring.ts'
import type { Destination } from './destination.ts'

export class OwnRecords extends BoardRecords {
  readonly #rank: number
  readonly #destination: Destination
  readonly #ring: DataRing
  /** Where the data of the latest record lies that lies in the ring. */
  #latest: number
  /** By line: how much of the ring was passed before its record, and for whom that is, if for one only. */
  readonly #passed: number[] = Array.from({ length: LINES }, () => 0)
  readonly #readers: (number | undefined)[] = Array.from({ length: LINES }, () => undefined)

  constructor(memory: BoardMemory, layout: BoardLayout, rank: number) {
    super(memory, layout, rank)
    this.#rank = rank
    this.#destination = memory.destination
    this.#ring = new DataRing(layout.dataBytes)
    this.#latest = this.start
  }

  /** Where the data of this rank's next record is best prepared: where it will lie, or apart, if it is better copied. */
  draft<A extends TypedArray>(like: A): A {
    if (this.#destination.prefersCopies(byteLengthOf(like))) return this.memory.apart(like)
    return this.viewOn(this.#nextData(byteLengthOf(like)), like)
  }

  /** True when a record of this rank of so many bytes is written over none that somebody needs: so many nobody does. */
  fits(bytes: number, free: number): boolean {
    if (this.count - free >= LINES) return false
    if (bytes <= this.ownBytes || this.count === free) return true
    return this.#ring.spares(this.#passed[free & (LINES - 1)] as number, bytes)
  }

  /** For whom one of the latest records of this rank is; undefined: for all. */
  readerOf(index: number): number | undefined {
    return this.#readers[index & (LINES - 1)]
  }

  /**
   * Writes the next record, with its data, which may be a draft.
   *
   * @param reader for whom it is. @default all
   * @param isLent the data says where data lies
   */
  write(call: number, signature: number, data: TypedArray | undefined, reader?: number, isLent = false): void {
    const words = this.words
    const index = this.count & (LINES - 1)
    const line = this.line(0)
    // Some may still look at a record for another one, and must not see a part of this one.
    const isWatched = this.#readers[index] !== undefined
    if (isWatched) this.#hide(0)
    this.#readers[index] = reader
    this.#passed[index] = this.#ring.passed
    const bytes = data === undefined ? 0 : this.#put(data)
    words[line + 1] = call
    words[line + 2] = signature
    const word = bytes | (isLent ? LENT : 0) | (reader === undefined ? 0 : (reader + 1) << READER)
    if (isWatched) Atomics.store(words, line + 3, word)
    else words[line + 3] = word
    Atomics.store(words, line, numbered(this.count) | (reader === undefined ? 0 : FOR_ONE))
    this.count++
  }

  /**
   * Writes to the next record's line, which nobody needs: it comes from the caches of its readers now, while this rank waits
   * for them, and not when it has something to say.
   */
  fetchNext(): void {
    if (this.#readers[this.count & (LINES - 1)] === undefined) this.words[this.line(0) + 3] = 0
    else this.#hide(0)
  }

  /** Makes the latest record one that was never there, or, if it was for one rank, one for nobody: the others pass over it. */
  erase(): void {
    if (this.#readers[(this.count - 1) & (LINES - 1)] === undefined) return this.#hide(1)
    const word = this.line(1) + 3
    const { words } = this
    Atomics.store(words, word, ((words[word] as number) & (2 ** READER - 1)) | ((this.#rank + 1) << READER))
  }

  /** Copies the data of the next record to where it shall lie, unless it was drafted there, and returns its length in bytes. */
  #put(data: TypedArray): number {
    const bytes = byteLengthOf(data)
    const at = this.#nextData(bytes)
    if (bytes <= this.ownBytes) {
      if (bytes > 0) this.#destination.put(data, at)
      return bytes
    }
    this.#latest = at
    this.#ring.pass(bytes)
    this.words[this.line(0) + PLACE] = (at - this.start) >> GRAIN_BITS
    if (data.byteOffset === at && data.buffer === this.memory.bytes.buffer) this.#destination.drafted(bytes)
    else this.#destination.put(data, at)
    return bytes
  }

  /** In the line of the next record, or one so many before: that one is not there, and what was there a lap before is not any more. */
  #hide(back: number): void {
    Atomics.store(this.words, this.line(back), numbered(this.count - back - 1))
  }

  /** That of the latest record. */
  protected override data(bytes: number): number {
    return bytes <= this.ownBytes ? this.little(bytes, 1) : Math.min(this.#latest, this.end - bytes)
  }

  #nextData(bytes: number): number {
    return bytes > this.ownBytes ? this.start + this.#ring.start(bytes) : this.little(bytes, 0)
  }
}
