/**
 * Shapes: the keys of plain objects, in their order. Each travels once in a message, as a text in whole words, and is
 * known again in the next. The text is the keys in UTF-8, a zero behind each.
 */
import type { Memory } from './memory.ts'
import { padded, SHAPE_KEYS } from './tree.ts'

export interface Shape {
  readonly keys: readonly string[]
  /** The text, and zeros up to a multiple of 8 bytes. */
  readonly words: Int32Array
  /** Of the text alone. */
  readonly bytes: number
  /** The message, as the encoder counts, in which it was told last, and its number there. */
  message: number
  index: number
}

/** A power of two. */
const SLOTS = 256
/** Keys with a longer text make no shape: they would be kept for long. */
const KNOWN_BYTES = 1024

/** The sender's: finds the shape that has the same keys. Of two that share a slot the later one stays. */
export class Shapes {
  readonly #slots: (Shape | undefined)[] = Array.from({ length: SLOTS }, () => undefined)
  #last: Shape | undefined

  /** The one that was found last: most often it is the next too. */
  get last(): Shape | undefined {
    return this.#last
  }

  /** Undefined for keys that make no shape. */
  of(keys: readonly string[]): Shape | undefined {
    if (this.#last !== undefined && isSame(this.#last.keys, keys)) return this.#last
    if (keys.length > SHAPE_KEYS) return undefined
    const slot = slotOf(keys)
    const known = this.#slots[slot]
    if (known !== undefined && isSame(known.keys, keys)) return (this.#last = known)
    const text = Buffer.from(keys.map((key) => `${key}\0`).join(''))
    // A key may hold a zero or what UTF-8 cannot carry.
    if (keys.includes('__proto__') || text.length > KNOWN_BYTES || !isSame(split(text) ?? [], keys)) return undefined
    return (this.#last = this.#slots[slot] = { keys, words: wordsOf(text), bytes: text.length, message: 0, index: 0 })
  }
}

/** True when `Object.keys` of a plain object are these; false perhaps, when its prototype has enumerable properties. */
export function hasKeys(record: object, keys: readonly string[]): boolean {
  let i = 0
  for (const key in record) if (key !== keys[i++]) return false
  return i === keys.length
}

function slotOf(keys: readonly string[]): number {
  const { length } = keys
  if (length === 0) return 0
  const first = keys[0] as string
  const last = keys[length - 1] as string
  return (length + 37 * first.length + 101 * last.length + 7 * first.charCodeAt(0) + last.charCodeAt(0)) & (SLOTS - 1)
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false
  return true
}

/** Undefined for a text that does not end as one of keys does. */
function split(text: Buffer): string[] | undefined {
  const keys = text.toString().split('\0')
  return keys.pop() === '' ? keys : undefined
}

function wordsOf(text: Uint8Array): Int32Array {
  const words = new Int32Array(padded(text.length) / 4)
  new Uint8Array(words.buffer).set(text)
  return words
}

interface KnownText {
  readonly words: Int32Array
  readonly bytes: number
  readonly keys: readonly string[]
}

/** The receiver's: the keys that a text stands for. Of two that share a slot the later one stays. */
export class KeyTexts {
  readonly #slots: (KnownText | undefined)[] = Array.from({ length: SLOTS }, () => undefined)
  #last: KnownText | undefined

  /** The keys whose text has `bytes` bytes from the word `at` on. Throws an `Error` when no `Shapes` has made it. */
  keysOf({ words }: Memory, at: number, bytes: number): readonly string[] {
    let known = this.#last
    if (known === undefined || !isText(known, words, at, bytes)) {
      const slot = slotOfText(words, at, bytes)
      known = this.#slots[slot]
      if (known === undefined || !isText(known, words, at, bytes)) known = learn(words, at, bytes)
      if (bytes <= KNOWN_BYTES) this.#last = this.#slots[slot] = known
    }
    return known.keys
  }
}

function slotOfText(words: Int32Array, at: number, bytes: number): number {
  const end = at + padded(bytes) / 4
  let sum = bytes
  for (let i = at; i < end; i++) sum = (Math.imul(sum, 31) + (words[i] as number)) | 0
  return (sum ^ (sum >>> 8) ^ (sum >>> 16) ^ (sum >>> 24)) & (SLOTS - 1)
}

function isText({ words: known, bytes: length }: KnownText, words: Int32Array, at: number, bytes: number): boolean {
  if (length !== bytes) return false
  for (let i = 0; i < known.length; i++) if (known[i] !== words[at + i]) return false
  return true
}

function learn(memory: Int32Array, at: number, bytes: number): KnownText {
  // Others may change the memory meanwhile.
  const words = memory.slice(at, at + padded(bytes) / 4)
  const keys = split(Buffer.from(words.buffer, 0, bytes))
  if (keys === undefined || keys.length > SHAPE_KEYS || !keys.every(isKey)) throw new Error('no keys of a shape')
  return { words, bytes, keys: keys.map(asKey) }
}

/** The same string, as V8 keeps it for keys: any other it looks up at each use. */
function asKey(text: string): string {
  return Object.keys({ [text]: 0 })[0] as string
}

/** True for what may be a key without changing the object's prototype. */
export function isKey(key: unknown): key is string {
  return typeof key === 'string' && key !== '__proto__'
}
