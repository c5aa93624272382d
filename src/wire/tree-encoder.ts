/** Values to bytes in the form of wire/tree, in one pass, which also finds what is no tree. */
import { types } from 'node:util'
import { Blocks } from './blocks.ts'
import { rawCodeOf } from './payload.ts'
import { hasKeysBesideIndexes, hasOwnKeys } from './plain.ts'
import { Seen } from './seen.ts'
import { hasKeys, isKey, Shapes, type Shape } from './shapes.ts'
import { TextWriter } from './text-writer.ts'
import { HEAD_WORDS, KEPT_BYTES, LONG_COUNT, MESSAGE_SHAPES, padded, Tag, TREE_DEPTH } from './tree.ts'

const FIRST_BYTES = 65_536
/** Views of the memory that are kept, one for each length. */
const KEPT_VIEWS = 1024
const FIRST_TAG_BYTES = 4096
/** The most numbers, and bytes of tags, that a value takes before what is in it. */
const VALUE_WORDS = 2
const VALUE_TAG_BYTES = 2
/** Up to here a loop is quicker than a call to copy memory. */
const SMALL_BYTES = 48
const NONE: readonly Uint8Array[] = Object.freeze([])

export class TreeEncoder {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #doubles: Float64Array = new Float64Array(this.#bytes.buffer)
  #words: Int32Array = new Int32Array(this.#bytes.buffer)
  #views: (Uint8Array | undefined)[] = []
  /** The next number, as a word. */
  #at = 0
  #tags: Buffer = Buffer.allocUnsafeSlow(FIRST_TAG_BYTES)
  #tagAt = 0
  readonly #text = new TextWriter()
  readonly #blocks = new Blocks()
  #outside = NONE
  readonly #seen = new Seen()
  readonly #shapes = new Shapes()
  /** How many messages there were, and how many shapes this one has told. */
  #message = 0
  #told = 0

  /**
   * The bytes of a value; undefined when it is no tree. They stand until the next call, and for good when they are more
   * than `KEPT_BYTES`. Passes on what the value's own getters and traps throw: after that, this encoder is not to be used
   * again.
   *
   * @param limit of a tree with more bytes the large blocks lie outside, see wire/parts
   */
  encode(value: unknown, limit: number): Uint8Array | undefined {
    this.#outside = NONE
    this.#at = HEAD_WORDS
    this.#tagAt = 0
    this.#message++
    this.#told = 0
    const body = this.#value(value, 0) ? this.#finish(limit) : undefined
    this.#clear()
    return body
  }

  /** Gives the blocks away that lie outside the latest tree, in order: the value's own memory. */
  takeOutside(): readonly Uint8Array[] {
    const outside = this.#outside
    this.#outside = NONE
    return outside
  }

  /** Writes a value. False: it is no tree. */
  #value(value: unknown, depth: number): boolean {
    if (this.#at + VALUE_WORDS > this.#doubles.length) this.#grow(VALUE_WORDS)
    if (this.#tagAt + VALUE_TAG_BYTES > this.#tags.length) this.#growTags()
    // Not `switch (typeof value)`, which V8 compiles to a call.
    if (typeof value === 'number') {
      this.#tag(Tag.number)
      this.#doubles[this.#at++] = value
      return true
    }
    if (typeof value === 'string') {
      this.#put(Tag.string, value.length)
      this.#text.add(value)
      return true
    }
    if (typeof value === 'object' && value !== null) return this.#object(value, depth)
    return this.#primitive(value)
  }

  #primitive(value: unknown): boolean {
    if (typeof value === 'bigint') {
      const digits = (value < 0n ? -value : value).toString(16)
      this.#put(value < 0n ? Tag.negative : Tag.bigint, digits.length)
      this.#text.add(digits)
    } else if (value === true) this.#tag(Tag.true)
    else if (value === false) this.#tag(Tag.false)
    else if (value === undefined) this.#tag(Tag.undefined)
    else if (value === null) this.#tag(Tag.null)
    else return false
    return true
  }

  #object(value: object, depth: number): boolean {
    if (depth > TREE_DEPTH || !this.#seen.add(value)) return false
    if (Array.isArray(value)) return this.#array(value, depth)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype) return this.#record(value, depth)
    const code = rawCodeOf(value)
    if (code !== undefined) return this.#block(value, code)
    if (hasOwnKeys(value)) return false
    if (prototype === Date.prototype && types.isDate(value)) {
      this.#tag(Tag.date)
      this.#doubles[this.#at++] = value.getTime()
      return true
    }
    if (prototype === Set.prototype && types.isSet(value)) return this.#set(value, depth)
    if (prototype === Map.prototype && types.isMap(value)) return this.#map(value, depth)
    return false
  }

  #record(record: object, depth: number): boolean {
    const { last } = this.#shapes
    if (last === undefined || !hasKeys(record, last.keys)) return this.#unlikeLast(record, depth)
    if (Object.getOwnPropertySymbols(record).length !== 0) return false
    if (!this.#announce(last)) return this.#unlikeLast(record, depth)
    const { keys } = last
    let i = 0
    for (const key in record) {
      // A getter may have changed it.
      if (key !== keys[i++]) return false
      if (!this.#value((record as Readonly<Record<string, unknown>>)[key], depth + 1)) return false
    }
    return i === keys.length
  }

  /** The same of one whose keys are not those of the record before. */
  #unlikeLast(record: object, depth: number): boolean {
    const keys = Object.keys(record)
    const values: readonly unknown[] = Object.values(record)
    const { length } = keys
    // A getter may have changed it.
    if (values.length !== length || Object.getOwnPropertySymbols(record).length !== 0) return false
    const shape = this.#shapes.of(keys)
    if (shape === undefined || !this.#announce(shape)) return this.#dictionary(keys, values, depth)
    for (let i = 0; i < length; i++) if (!this.#value(values[i], depth + 1)) return false
    return true
  }

  /** Writes the shape of the record that follows. False when the message has too many already. */
  #announce(shape: Shape): boolean {
    if (shape.message === this.#message) {
      this.#put(Tag.object, shape.index)
      return true
    }
    if (this.#told === MESSAGE_SHAPES) return false
    shape.message = this.#message
    shape.index = this.#told++
    this.#put(Tag.shape, shape.bytes)
    this.#tell(shape.words)
    return true
  }

  #dictionary(keys: readonly string[], values: readonly unknown[], depth: number): boolean {
    this.#put(Tag.dictionary, keys.length)
    for (let i = 0; i < keys.length; i++) {
      if (!isKey(keys[i])) return false
      if (!this.#value(keys[i], depth) || !this.#value(values[i], depth + 1)) return false
    }
    return true
  }

  #array(array: readonly unknown[], depth: number): boolean {
    const { length } = array
    if (Object.getPrototypeOf(array) !== Array.prototype || hasKeysBesideIndexes(array, length)) return false
    // By `at`: V8 may convert an array of doubles to one of objects where `[0]` of both is read.
    if (typeof array.at(0) === 'number' && this.#numbers(array, length)) return true
    this.#put(Tag.array, length)
    for (let i = 0; i < length; i++) {
      const element = array[i]
      if (element === undefined && !(i in array)) return false
      if (!this.#value(element, depth + 1)) return false
    }
    return true
  }

  /** An array that holds nothing but numbers. False, and nothing is written, for another. */
  #numbers(array: readonly unknown[], length: number): boolean {
    // Behind the count, if that is one of them.
    const first = length < LONG_COUNT ? this.#at : this.#at + 1
    if (first + length > this.#doubles.length) this.#grow(1 + length)
    const doubles = this.#doubles
    for (let i = 0; i < length; i++) {
      const element = array[i]
      if (typeof element !== 'number') return false
      doubles[first + i] = element
    }
    this.#put(Tag.numbers, length)
    this.#at = first + length
    return true
  }

  #set(set: ReadonlySet<unknown>, depth: number): boolean {
    let room = set.size
    this.#put(Tag.set, room)
    for (const element of set) if (room-- === 0 || !this.#value(element, depth + 1)) return false
    return room === 0
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): boolean {
    let room = map.size
    this.#put(Tag.map, room)
    for (const [key, element] of map)
      if (room-- === 0 || !this.#value(key, depth + 1) || !this.#value(element, depth + 1)) return false
    return room === 0
  }

  #block(value: object, code: number): boolean {
    const view = ArrayBuffer.isView(value) ? value : types.isArrayBuffer(value) ? new Uint8Array(value) : undefined
    if (view === undefined) return false
    this.#blocks.add(view, this.#at++, this.#tagAt)
    this.#put(Tag.block, code)
    return true
  }

  #tag(tag: number): void {
    this.#tags[this.#tagAt++] = tag
  }

  #put(tag: number, count: number): void {
    this.#tags[this.#tagAt++] = tag
    if (count < LONG_COUNT) this.#tags[this.#tagAt++] = count
    else {
      this.#tags[this.#tagAt++] = LONG_COUNT
      this.#doubles[this.#at++] = count
    }
  }

  /** Puts the keys of a shape among the numbers. */
  #tell(keys: Int32Array): void {
    const { length } = keys
    if (this.#at + VALUE_WORDS + length / 2 > this.#doubles.length) this.#grow(VALUE_WORDS + length / 2)
    const words = this.#words
    const at = 2 * this.#at
    for (let i = 0; i < length; i++) words[at + i] = keys[i] as number
    this.#at += length / 2
  }

  /** The tree stands: puts the rest behind it. */
  #finish(limit: number): Uint8Array {
    const text = this.#text
    const chunks = text.finish()
    if (this.#at + chunks > this.#doubles.length) this.#grow(chunks)
    this.#words[0] = this.#at
    this.#words[1] = chunks
    const textBytes = text.describe(this.#words, 2 * this.#at)
    this.#at += chunks
    const blocksAt = 8 * this.#at
    const tagBytes = this.#tagAt
    const tags = this.#tags
    let blockBytes = this.#blocks.measure(this.#doubles)
    if (blocksAt + blockBytes + tagBytes + textBytes > limit) {
      this.#outside = this.#blocks.takeLarge(tags)
      blockBytes = this.#blocks.measure(this.#doubles)
    }
    const tagsAt = blocksAt + blockBytes
    const textAt = tagsAt + tagBytes
    this.#doubles[1] = tagsAt
    this.#doubles[2] = textAt
    const end = textAt + textBytes
    const length = this.#outside.length === 0 ? end : padded(end)
    if (length > this.#bytes.length) this.#move(padded(length))
    const bytes = this.#bytes
    this.#blocks.write(bytes, blocksAt)
    if (tagBytes <= SMALL_BYTES) for (let i = 0; i < tagBytes; i++) bytes[tagsAt + i] = tags[i] as number
    else tags.copy(bytes, tagsAt, 0, tagBytes)
    text.write(bytes, textAt)
    if (length > end) bytes.fill(0, end, length)
    if (length >= KEPT_VIEWS) return bytes.subarray(0, length)
    return (this.#views[length] ??= bytes.subarray(0, length))
  }

  #clear(): void {
    this.#seen.clear()
    this.#text.clear()
    this.#blocks.clear()
    if (this.#tags.length > KEPT_BYTES) this.#tags = Buffer.allocUnsafeSlow(FIRST_TAG_BYTES)
    if (this.#bytes.length > KEPT_BYTES) this.#use(Buffer.allocUnsafeSlow(FIRST_BYTES))
  }

  /** Makes room for so many numbers more. */
  #grow(words: number): void {
    this.#move(8 * Math.max(this.#at + words, 2 * this.#doubles.length))
  }

  #growTags(): void {
    const tags = Buffer.allocUnsafeSlow(2 * this.#tags.length)
    this.#tags.copy(tags)
    this.#tags = tags
  }

  #move(length: number): void {
    const bytes = Buffer.allocUnsafeSlow(length)
    this.#bytes.copy(bytes, 0, 0, 8 * this.#at)
    this.#use(bytes)
  }

  #use(bytes: Buffer): void {
    this.#bytes = bytes
    this.#doubles = new Float64Array(bytes.buffer)
    this.#words = new Int32Array(bytes.buffer)
    this.#views = []
  }
}
