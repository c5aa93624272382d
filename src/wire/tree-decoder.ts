/**
 * Bytes in the form of wire/tree, of whatever origin, become the value that they describe. They may lie in memory that
 * others change meanwhile: what is checked has been read before, and is not read again.
 */
import { memoryOf, type Memory } from './memory.ts'
import { allocate, isRaw, over } from './payload.ts'
import { isKey, KeyTexts } from './shapes.ts'
import { TextReader } from './text-reader.ts'
import { HEAD_WORDS, LONG_COUNT, MESSAGE_SHAPES, padded, Tag, TREE_DEPTH } from './tree.ts'

/** Between messages, so that none is kept in memory. */
const NOTHING = memoryOf(Buffer.alloc(0))
const NO_PARTS: readonly ArrayBuffer[] = Object.freeze([])

export class TreeDecoder {
  readonly #texts = new KeyTexts()
  #memory = NOTHING
  #doubles = NOTHING.doubles
  /** The next number, and the end of them, in words. */
  #at = 0
  #end = 0
  /** The next tag, and the end of them, in bytes. */
  #tagAt = 0
  #tagEnd = 0
  /** Where the next block begins, in bytes, and where they end. */
  #blockAt = 0
  #blockEnd = 0
  /** The blocks outside, and which of them is the next. */
  #parts = NO_PARTS
  #part = 0
  readonly #text = new TextReader(NOTHING)
  /** Those that the message has told, `#told` of them, and perhaps more of the last one. */
  readonly #shapes: (readonly string[] | undefined)[] = Array.from({ length: MESSAGE_SHAPES }, () => undefined)
  #told = 0

  /**
   * The value of `length` bytes from `offset`, a multiple of 8, on, in memory of its own, and in that of its parts, which
   * it takes. Throws an `Error` when no encoder made them.
   */
  decode(memory: Memory, offset: number, length: number, parts = NO_PARTS): unknown {
    this.#parts = parts
    this.#part = 0
    try {
      return this.#read(memory, offset, length)
    } finally {
      this.#memory = NOTHING
      this.#doubles = NOTHING.doubles
      this.#parts = NO_PARTS
      this.#text.close(NOTHING)
    }
  }

  #read(memory: Memory, offset: number, length: number): unknown {
    this.#memory = memory
    this.#doubles = memory.doubles
    if (length < 8 * HEAD_WORDS) throw new Error('its beginning is missing')
    const first = offset / 8
    const last = offset + length
    const end = first + ((memory.words[2 * first] as number) >>> 0)
    const chunks = (memory.words[2 * first + 1] as number) >>> 0
    this.#at = first + HEAD_WORDS
    this.#end = end
    this.#blockAt = 8 * (end + chunks)
    this.#blockEnd = this.#tagAt = offset + (memory.doubles[first + 1] as number)
    this.#tagEnd = offset + (memory.doubles[first + 2] as number)
    const isInOrder = this.#blockAt <= this.#blockEnd && this.#blockEnd <= this.#tagEnd && this.#tagEnd <= last
    if (!isInOrder || !Number.isInteger(this.#blockEnd) || !Number.isInteger(this.#tagEnd))
      throw new Error('its parts are not in order')
    this.#text.open(memory, end, end + chunks, this.#tagEnd, last)
    this.#told = 0
    const value = this.#value(0)
    if (this.#tagAt !== this.#tagEnd || this.#part !== this.#parts.length) throw new Error('it holds more than a value')
    return value
  }

  #value(depth: number): unknown {
    // The frequent ones first: V8 tries one after the other.
    switch (this.#byte()) {
      case Tag.number:
        return this.#number()
      case Tag.string:
        return this.#text.read(this.#count())
      case Tag.object:
        return this.#object(this.#shape(this.#count()), depth)
      case Tag.shape:
        return this.#object(this.#tell(this.#count()), depth)
      case Tag.numbers:
        return this.#numbers(this.#count())
      case Tag.array:
        return this.#array(this.#count(), depth)
      case Tag.undefined:
        return undefined
      case Tag.null:
        return null
      case Tag.false:
        return false
      case Tag.true:
        return true
      case Tag.bigint:
        return BigInt(`0x${this.#text.read(this.#count())}`)
      case Tag.negative:
        return -BigInt(`0x${this.#text.read(this.#count())}`)
      case Tag.dictionary:
        return this.#dictionary(this.#count(), depth)
      case Tag.date:
        return new Date(this.#number())
      case Tag.set:
        return this.#set(this.#count(), depth)
      case Tag.map:
        return this.#map(this.#count(), depth)
      case Tag.block:
        return this.#block(this.#count())
      case Tag.outside:
        return this.#outside(this.#count())
      default:
        throw new Error('it holds what no message carries')
    }
  }

  #object(keys: readonly string[], depth: number): unknown {
    const { length } = keys
    this.#enter(length, depth)
    const object: Record<string, unknown> = {}
    // Each of these places meets the same key again and again where objects are alike: V8 stores quicker so than in a loop.
    if (length > 0) object[keys[0] as string] = this.#value(depth + 1)
    if (length > 1) object[keys[1] as string] = this.#value(depth + 1)
    if (length > 2) object[keys[2] as string] = this.#value(depth + 1)
    if (length > 3) object[keys[3] as string] = this.#value(depth + 1)
    if (length > 4) object[keys[4] as string] = this.#value(depth + 1)
    if (length > 5) object[keys[5] as string] = this.#value(depth + 1)
    if (length > 6) object[keys[6] as string] = this.#value(depth + 1)
    if (length > 7) object[keys[7] as string] = this.#value(depth + 1)
    for (let i = 8; i < length; i++) object[keys[i] as string] = this.#value(depth + 1)
    return object
  }

  #dictionary(count: number, depth: number): unknown {
    this.#enter(2 * count, depth)
    const object: Record<string, unknown> = {}
    for (let i = 0; i < count; i++) {
      const key = this.#value(depth + 1)
      if (!isKey(key)) throw new Error('a key that no message carries')
      object[key] = this.#value(depth + 1)
    }
    return object
  }

  #array(count: number, depth: number): unknown {
    this.#enter(count, depth)
    if (count === 0) return []
    // Of objects from the first on: V8 takes an empty one for one of small integers, and what it has compiled is lost.
    const array: unknown[] = [null]
    array[0] = this.#value(depth + 1)
    for (let i = 1; i < count; i++) array.push(this.#value(depth + 1))
    return array
  }

  #numbers(count: number): unknown {
    if (count > this.#end - this.#at) throw new Error('it ends within the value')
    const doubles = this.#doubles
    const at = this.#at
    const end = at + count
    this.#at = end
    // A point: an array that grows has room for many more.
    if (count === 2) return [doubles[at], doubles[at + 1]]
    if (count === 3) return [doubles[at], doubles[at + 1], doubles[at + 2]]
    const array: number[] = []
    for (let i = at; i < end; i++) array.push(doubles[i] as number)
    return array
  }

  #set(count: number, depth: number): unknown {
    this.#enter(count, depth)
    const set = new Set<unknown>()
    for (let i = 0; i < count; i++) set.add(this.#value(depth + 1))
    return set
  }

  #map(count: number, depth: number): unknown {
    this.#enter(2 * count, depth)
    const map = new Map<unknown, unknown>()
    for (let i = 0; i < count; i++) map.set(this.#value(depth + 1), this.#value(depth + 1))
    return map
  }

  #block(code: number): unknown {
    const length = this.#number()
    if (!isRaw(code) || !(Number.isInteger(length) && length >= 0 && length <= this.#blockEnd - this.#blockAt))
      throw new Error('a block that is not there')
    const { value, memory } = allocate(code, length)
    memory.set(this.#memory.bytes.subarray(this.#blockAt, this.#blockAt + length))
    this.#blockAt += padded(length)
    return value
  }

  #outside(code: number): unknown {
    const length = this.#number()
    const part = this.#parts[this.#part++]
    if (!isRaw(code) || part?.byteLength !== length) throw new Error('a part that is not there')
    return over(code, part, length)
  }

  #byte(): number {
    if (this.#tagAt >= this.#tagEnd) throw new Error('it ends within the value')
    return this.#memory.bytes[this.#tagAt++] as number
  }

  #count(): number {
    const count = this.#byte()
    if (count !== LONG_COUNT) return count
    const long = this.#number()
    if (!(Number.isInteger(long) && long >= 0)) throw new Error('a count that is none')
    return long
  }

  #number(): number {
    if (this.#at >= this.#end) throw new Error('it ends within the value')
    return this.#doubles[this.#at++] as number
  }

  /** Before so many tags, at least, of what is in a value. */
  #enter(count: number, depth: number): void {
    if (count > this.#tagEnd - this.#tagAt) throw new Error('it ends within the value')
    if (depth > TREE_DEPTH) throw new Error('it is nested too deep')
  }

  #tell(bytes: number): readonly string[] {
    const at = this.#at
    this.#at += padded(bytes) / 8
    if (this.#at > this.#end) throw new Error('it ends within the value')
    if (this.#told === MESSAGE_SHAPES) throw new Error('more shapes than a message has')
    return (this.#shapes[this.#told++] = this.#texts.keysOf(this.#memory, 2 * at, bytes))
  }

  #shape(index: number): readonly string[] {
    const keys = index < this.#told ? this.#shapes[index] : undefined
    if (keys === undefined) throw new Error('a shape that was not told')
    return keys
  }
}
