/** The text of a message in the form of wire/tree: all its strings, one behind the other, in chunks. */
import { CHUNK_CHARACTERS, KEPT_BYTES } from './tree.ts'

const FIRST_BYTES = 4096
/** Up to here a loop is quicker than a call to write a string or to copy memory. */
const SMALL = 48
/** V8 tells without a look at the characters that a string which it holds in single bytes has none of these. */
const WIDE = /[^\0-\u00ff]/

/** A string that is a chunk by itself, and how many bytes of the others lie before it. */
interface Large {
  readonly text: string
  readonly encoding: 'latin1' | 'utf16le'
  readonly at: number
}

export class TextWriter {
  /** What lies in the chunks, but for the large strings. */
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #at = 0
  #large: Large[] = []
  /** Of the last chunk. */
  #characters = 0
  #isWide = false
  /** Those before it: twice the characters of each, and 1 if they take two bytes each. */
  readonly #closed: number[] = []
  #chunks = 0
  #total = 0

  /** The bytes of all chunks but the last. */
  get bytes(): number {
    return this.#total
  }

  add(text: string): void {
    const { length } = text
    if (this.#characters + length > CHUNK_CHARACTERS) {
      this.finish()
      if (length > CHUNK_CHARACTERS) {
        this.#addLarge(text, length)
        return
      }
    }
    if (this.#at + 2 * length > this.#bytes.length) this.#grow()
    if (!this.#isWide && !this.#addNarrow(text, length)) {
      this.finish()
      this.#isWide = true
    }
    if (this.#isWide) this.#bytes.write(text, this.#at, 'utf16le')
    this.#at += this.#isWide ? 2 * length : length
    this.#characters += length
  }

  /** Ends the last chunk, if there is one. Returns how many there are. */
  finish(): number {
    if (this.#characters > 0) {
      const width = this.#isWide ? 1 : 0
      this.#closed[this.#chunks++] = 2 * this.#characters + width
      this.#total += this.#characters << width
      this.#characters = 0
      this.#isWide = false
    }
    return this.#chunks
  }

  /** Writes the two words of each chunk. */
  describe(words: Int32Array, at: number): void {
    for (let i = 0; i < this.#chunks; i++) {
      const chunk = this.#closed[i] as number
      words[at + 2 * i] = chunk >>> 1
      words[at + 2 * i + 1] = chunk & 1
    }
  }

  /** Writes the chunks. */
  write(target: Buffer, at: number): void {
    const bytes = this.#bytes
    const end = this.#at
    let from = 0
    for (const large of this.#large) {
      at += bytes.copy(target, at, from, large.at)
      at += target.write(large.text, at, large.encoding)
      from = large.at
    }
    if (end - from > SMALL) bytes.copy(target, at, from, end)
    else for (let i = from; i < end; i++) target[at + i - from] = bytes[i] as number
  }

  /** Forgets all. */
  clear(): void {
    this.#at = this.#characters = this.#chunks = this.#total = 0
    this.#isWide = false
    if (this.#large.length > 0) this.#large = []
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  }

  #addLarge(text: string, length: number): void {
    this.#isWide = WIDE.test(text)
    this.#large.push({ text, encoding: this.#isWide ? 'utf16le' : 'latin1', at: this.#at })
    this.#characters = length
    this.finish()
  }

  /** Puts single bytes at the end. False when the text has characters that need two. */
  #addNarrow(text: string, length: number): boolean {
    const bytes = this.#bytes
    const at = this.#at
    if (length > SMALL) {
      if (WIDE.test(text)) return false
      bytes.write(text, at, 'latin1')
      return true
    }
    let bits = 0
    for (let i = 0; i < length; i++) {
      const character = text.charCodeAt(i)
      bits |= character
      bytes[at + i] = character
    }
    return bits < 256
  }

  #grow(): void {
    const bytes = Buffer.allocUnsafeSlow(2 * this.#bytes.length)
    this.#bytes.copy(bytes, 0, 0, this.#at)
    this.#bytes = bytes
  }
}
