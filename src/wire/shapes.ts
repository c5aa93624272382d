/**
 * Shapes: the keys of plain objects, in their order. Each travels once in a message, as JSON in whole words, and is known
 * again in the next.
 */
import type { Memory } from './memory.ts'
import { padded, SHAPE_KEYS } from './tree.ts'

export interface Shape {
  readonly keys: readonly string[]
  /** The keys as JSON in UTF-8, and zeros up to a multiple of 8 bytes. */
  readonly words: Int32Array
  /** Of the JSON alone. */
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

  /** Undefined for keys that make no shape. */
  of(keys: readonly string[]): Shape | undefined {
    if (keys.length > SHAPE_KEYS) return undefined
    const slot = slotOf(keys)
    const known = this.#slots[slot]
    if (known !== undefined && isSame(known.keys, keys)) return known
    if (keys.includes('__proto__')) return undefined
    const text = Buffer.from(JSON.stringify(keys))
    if (text.length > KNOWN_BYTES) return undefined
    return (this.#slots[slot] = { keys, words: wordsOf(text), bytes: text.length, message: 0, index: 0 })
  }
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

function wordsOf(text: Uint8Array): Int32Array {
  const words = new Int32Array(padded(text.length) / 4)
  new Uint8Array(words.buffer).set(text)
  return words
}

interface KnownText {
  readonly words: Int32Array
  readonly keys: readonly string[]
}

/** The receiver's: the keys that a text stands for. Of two that share a slot the later one stays. */
export class KeyTexts {
  readonly #slots: (KnownText | undefined)[] = Array.from({ length: SLOTS }, () => undefined)

  /** The keys whose JSON has `bytes` bytes from the word `at` on. Throws an `Error` when no `Shapes` has made it. */
  keysOf({ words }: Memory, at: number, bytes: number): readonly string[] {
    const end = at + padded(bytes) / 4
    let sum = 0
    for (let i = at; i < end; i++) sum = (Math.imul(sum, 31) + (words[i] as number)) | 0
    const slot = (sum ^ (sum >>> 8) ^ (sum >>> 16) ^ (sum >>> 24)) & (SLOTS - 1)
    const known = this.#slots[slot]
    if (known !== undefined && isText(known.words, words, at, end)) return known.keys
    // Others may change the memory meanwhile.
    const copy = words.slice(at, end)
    const keys: unknown = JSON.parse(Buffer.from(copy.buffer, 0, bytes).toString())
    if (!Array.isArray(keys) || keys.length > SHAPE_KEYS || !keys.every(isKey)) throw new Error('no keys of a shape')
    if (bytes <= KNOWN_BYTES) this.#slots[slot] = { words: copy, keys }
    return keys
  }
}

function isText(known: Int32Array, words: Int32Array, at: number, end: number): boolean {
  if (known.length !== end - at) return false
  for (let i = 0; i < known.length; i++) if (known[i] !== words[at + i]) return false
  return true
}

/** True for what may be a key without changing the object's prototype. */
export function isKey(key: unknown): key is string {
  return typeof key === 'string' && key !== '__proto__'
}
