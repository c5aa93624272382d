/**
 * The form of a message of which the large blocks lie outside its tree, so that each is copied once at either side: out
 * of the memory where it lies, into the memory where it will stay. One behind the other,
 *
 *   two words     [number of parts]  [bytes of the tree]
 *   the lengths   a word for each part: its bytes
 *   the tree      see wire/tree, to which zeros were added up to the next word: what its tags call outside are the parts,
 *                 one after the other
 *   the parts     their bytes
 *
 * Each word is a double. A tree becomes such a message only when it is too long to be sent at once.
 */
import { memoryOf, type Memory } from './memory.ts'
import { allocate, Code } from './payload.ts'

/** The least bytes of a part: a smaller block is copied as soon as given a system call of its own. */
export const PART_BYTES = 32_768

const HEAD_BYTES = 16

/** What goes before a tree of so many bytes, of which these are the parts. */
export function partsHead(treeBytes: number, parts: readonly Uint8Array[]): Float64Array {
  return Float64Array.from([parts.length, treeBytes, ...parts.map(({ length }) => length)])
}

/**
 * A message of this form on its way in, from memory or in packets: says where its next bytes go. These may be of any
 * origin: each length is checked against the whole before there is memory for it.
 *
 * ```ts
 * const parts = new Parts(bytes.length)
 * parts.add(bytes)
 * ```
 */
export class Parts {
  /** Of the whole message. */
  readonly bytes: number
  /** So many of them are here. */
  received = 0
  /** The two words. */
  readonly #head: Memory
  /** The lengths, then the tree, from `treeAt` on. */
  #front: Memory | undefined = undefined
  #treeAt = 0
  readonly #parts: ArrayBuffer[] = []
  /** The memory that is being filled: so much of it is. */
  #place: Uint8Array
  #filled = 0

  constructor(bytes: number) {
    this.bytes = bytes
    this.#head = memoryOf(Buffer.alloc(HEAD_BYTES))
    this.#place = this.#head.bytes.subarray(0, Math.min(HEAD_BYTES, bytes))
  }

  get isWhole(): boolean {
    return this.received === this.bytes
  }

  /** The tree, from byte `treeAt` of this memory to its end, and its parts. Throws an `Error` when there are none. */
  get content(): { readonly memory: Memory; readonly treeAt: number; readonly parts: readonly ArrayBuffer[] } {
    if (this.#front === undefined || !this.isWhole) throw new Error('its beginning is missing')
    return { memory: this.#front, treeAt: this.#treeAt, parts: this.#parts }
  }

  /** Where the next bytes of the message go, as far as that is known. Empty when all are here. */
  get place(): Uint8Array {
    return this.#filled === 0 ? this.#place : this.#place.subarray(this.#filled)
  }

  /** So many bytes, at most all, stand in their place now. Throws an `Error` when they show that no encoder made them. */
  advance(bytes: number): void {
    this.received += bytes
    this.#filled += bytes
    if (this.#filled < this.#place.length || this.isWhole) return
    this.#place = this.#next()
    this.#filled = 0
  }

  /** Copies the next bytes of the message into their places. Throws an `Error` as `advance` does, and when there are more. */
  add(bytes: Uint8Array): void {
    if (bytes.length > this.bytes - this.received) throw new Error('it is longer than it said')
    for (let at = 0; at < bytes.length;) {
      const { place } = this
      const piece = bytes.subarray(at, at + place.length)
      place.set(piece)
      at += piece.length
      this.advance(piece.length)
    }
  }

  #next(): Uint8Array {
    if (this.#front === undefined) return (this.#front = this.#readHead()).bytes
    const index = this.#parts.length
    if (index === 0) this.#checkLengths(this.#front.doubles)
    const { memory } = allocate(Code.ArrayBuffer, this.#front.doubles[index] as number)
    this.#parts.push(memory.buffer as ArrayBuffer)
    return memory
  }

  /** Memory for the lengths and the tree. */
  #readHead(): Memory {
    const [count, treeBytes] = this.#head.doubles as unknown as [number, number]
    const isCounted = Number.isInteger(count) && count > 0 && Number.isInteger(treeBytes / 8) && treeBytes > 0
    if (!isCounted || HEAD_BYTES + count * (8 + PART_BYTES) + treeBytes > this.bytes)
      throw new Error('its parts are not in order')
    this.#treeAt = 8 * count
    const { memory } = allocate(Code.ArrayBuffer, this.#treeAt + treeBytes)
    return memoryOf(Buffer.from(memory.buffer))
  }

  #checkLengths(doubles: Float64Array): void {
    let left = this.bytes - this.received
    for (let i = 0; i < this.#treeAt / 8; i++) {
      const length = doubles[i] as number
      if (!(Number.isInteger(length) && length >= PART_BYTES)) throw new Error('a part of no length')
      left -= length
    }
    if (left !== 0) throw new Error('its parts are not as long as it is')
  }
}

/** A message of so many bytes, in memory of its own, from its pieces. */
export function partsOf(bytes: number, pieces: readonly ArrayBufferView[]): Parts {
  const parts = new Parts(bytes)
  for (const { buffer, byteOffset, byteLength } of pieces) parts.add(new Uint8Array(buffer, byteOffset, byteLength))
  return parts
}
