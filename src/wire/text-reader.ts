/** Reads what wire/text-writer wrote, and bytes of any other origin. */
import type { Memory } from './memory.ts'
import { SMALL_TEXT } from './tree.ts'

/** A string of more characters is read by a call. */
const SMALL_STRING = 16

export class TextReader {
  #memory: Memory
  /** The next byte, and the end of them. */
  #at = 0
  #end = 0
  #isSmall = false
  /** The chunk that is being read, and how much of it has been. */
  #chunk = ''
  #chunkAt = 0
  /** The word that tells of the next one, and the end of those. */
  #next = 0
  #last = 0

  constructor(memory: Memory) {
    this.#memory = memory
  }

  /** The text of the bytes from `at` to `end`, of whose chunks the words from `next` to `last` tell. */
  open(memory: Memory, next: number, last: number, at: number, end: number): void {
    this.#memory = memory
    this.#next = next
    this.#last = last
    this.#at = at
    this.#end = end
    this.#chunk = ''
    this.#chunkAt = 0
    this.#isSmall = last - next === 1 && end - at <= SMALL_TEXT && memory.words[2 * next + 1] === 0
  }

  /** Keeps no memory. */
  close(memory: Memory): void {
    this.#memory = memory
    this.#chunk = ''
  }

  /** The next string. Throws an `Error` when it is not there. */
  read(characters: number): string {
    if (characters === 0) return ''
    if (this.#isSmall) return this.#readSmall(characters)
    if (this.#chunkAt === this.#chunk.length) this.#readChunk()
    const from = this.#chunkAt
    this.#chunkAt += characters
    if (this.#chunkAt > this.#chunk.length) throw new Error('a string that is not there')
    return this.#chunk.substring(from, this.#chunkAt)
  }

  #readSmall(characters: number): string {
    const at = this.#at
    this.#at += characters
    if (this.#at > this.#end) throw new Error('a string that is not there')
    const { bytes } = this.#memory
    return characters > SMALL_STRING
      ? bytes.toString('latin1', at, this.#at)
      : String.fromCharCode(
          bytes[at] as number,
          bytes[at + 1] as number,
          bytes[at + 2] as number,
          bytes[at + 3] as number,
          bytes[at + 4] as number,
          bytes[at + 5] as number,
          bytes[at + 6] as number,
          bytes[at + 7] as number,
          bytes[at + 8] as number,
          bytes[at + 9] as number,
          bytes[at + 10] as number,
          bytes[at + 11] as number,
          bytes[at + 12] as number,
          bytes[at + 13] as number,
          bytes[at + 14] as number,
          bytes[at + 15] as number,
        ).substring(0, characters)
  }

  #readChunk(): void {
    const at = this.#next++
    const { words, bytes } = this.#memory
    const characters = (words[2 * at] as number) >>> 0
    const isWide = words[2 * at + 1] === 1
    const end = this.#at + (isWide ? 2 * characters : characters)
    if (at >= this.#last || end > this.#end) throw new Error('a string that is not there')
    this.#chunk = bytes.toString(isWide ? 'utf16le' : 'latin1', this.#at, end)
    this.#chunkAt = 0
    this.#at = end
  }
}
