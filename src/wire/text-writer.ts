/** The text of a message in the form of wire/tree: all its strings, one behind the other, in chunks. */
import { CHUNK_CHARACTERS, SMALL_TEXT } from './tree.ts'

/** Up to here a loop is quicker than a call to write a string. */
const SMALL_STRING = 48
/** V8 tells without a look at the characters that a string which it holds in single bytes has none of these. */
const WIDE = /[^\0-\u00ff]/

/** Small text is written string by string. Of more V8 makes chunks, and then few calls write many strings. */
export class TextWriter {
  /** The first chunk, of single bytes, and how many. */
  readonly #first = new Uint8Array(SMALL_TEXT)
  #firstBytes = 0
  #isSmall = true
  /** The last of the other chunks, and those before it. */
  #chunk = ''
  #chunks: string[] = []

  add(text: string): void {
    if (this.#isSmall) {
      if (this.#addSmall(text)) return
      this.#isSmall = false
    }
    if (this.#chunk.length + text.length > CHUNK_CHARACTERS && this.#chunk !== '') {
      this.#chunks.push(this.#chunk)
      this.#chunk = text
    } else this.#chunk += text
  }

  /** Nothing is added any more. Returns the number of chunks. */
  finish(): number {
    if (this.#chunk !== '') this.#chunks.push(this.#chunk)
    return this.#chunks.length + (this.#firstBytes > 0 ? 1 : 0)
  }

  /** Writes the two words of each chunk. Returns the bytes of all. */
  describe(words: Int32Array, at: number): number {
    let bytes = this.#firstBytes
    if (bytes > 0) {
      words[at] = bytes
      words[at + 1] = 0
      at += 2
    }
    if (!this.#isSmall)
      for (const chunk of this.#chunks) {
        const isWide = WIDE.test(chunk)
        words[at] = chunk.length
        words[at + 1] = isWide ? 1 : 0
        at += 2
        bytes += isWide ? 2 * chunk.length : chunk.length
      }
    return bytes
  }

  /** Writes the chunks. */
  write(target: Buffer, at: number): void {
    const end = this.#firstBytes
    for (let i = 0; i < end; i++) target[at + i] = this.#first[i] as number
    if (this.#isSmall) return
    at += end
    for (const chunk of this.#chunks) at += target.write(chunk, at, WIDE.test(chunk) ? 'utf16le' : 'latin1')
  }

  /** Forgets all. */
  clear(): void {
    this.#firstBytes = 0
    if (this.#isSmall) return
    this.#isSmall = true
    this.#chunk = ''
    this.#chunks = []
  }

  /** False when the string does not fit into the first chunk. */
  #addSmall(text: string): boolean {
    const { length } = text
    const at = this.#firstBytes
    if (length > SMALL_STRING || at + length > SMALL_TEXT) return false
    const bytes = this.#first
    let bits = 0
    for (let i = 0; i < length; i++) {
      const character = text.charCodeAt(i)
      bits |= character
      bytes[at + i] = character
    }
    if (bits > 255) return false
    this.#firstBytes = at + length
    return true
  }
}
