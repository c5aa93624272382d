/** Shapes: the keys of plain objects, in their order. Each travels once in a message, and is known again in the next. */
import { SHAPE_KEYS } from './tree.ts'

export interface Shape {
  readonly keys: readonly string[]
  /** The keys as a text. */
  readonly text: string
  /** The message, as the encoder counts, in which it was told last, and its number there. */
  message: number
  index: number
}

/** A power of two. */
const SLOTS = 256
/** Keys with a longer text make no shape: they would be kept for long. */
const KNOWN_CHARACTERS = 1024

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
    const text = JSON.stringify(keys)
    if (text.length > KNOWN_CHARACTERS) return undefined
    return (this.#slots[slot] = { keys, text, message: 0, index: 0 })
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

/** The receiver's: the keys that a text stands for. */
export class KeyTexts {
  readonly #known = new Map<string, readonly string[]>()

  /** Throws an `Error` when the text was made by no `Shapes`. */
  keysOf(text: string): readonly string[] {
    return this.#known.get(text) ?? this.#learn(text)
  }

  #learn(text: string): readonly string[] {
    const keys: unknown = JSON.parse(text)
    if (!Array.isArray(keys) || keys.length > SHAPE_KEYS || !keys.every(isKey)) throw new Error('no keys of a shape')
    if (this.#known.size === SLOTS) this.#known.clear()
    if (text.length <= KNOWN_CHARACTERS) this.#known.set(text, keys)
    return keys
  }
}

/** True for what may be a key without changing the object's prototype. */
export function isKey(key: unknown): key is string {
  return typeof key === 'string' && key !== '__proto__'
}
