/** What a rank said last on stderr: behind the marker of an uncaught exception, else its last lines. Pure. */
import { LAST_WORDS_MARKER } from '../bootstrap/last-words.ts'

const MARKER = Buffer.from(LAST_WORDS_MARKER)
const NOTHING = Buffer.alloc(0)
const HELD_BYTES = 64 * 1024
const RECENT_BYTES = 4096
const RECENT_LINES = 5

export interface LastWords {
  /** Without their newlines. */
  readonly lines: readonly Buffer[]
  /** False: held back until now. True: the user has seen these lines. */
  readonly alreadyShown: boolean
}

/** Divides one rank's stderr into what is shown at once and what is held back, wherever the chunks are cut. */
export class LastWordsFilter {
  /** Bytes that may be the beginning of the marker. */
  #doubtful: Buffer = NOTHING
  #state: 'before' | 'holding' | 'released' = 'before'
  #held: Buffer[] = []
  #heldBytes = 0
  #dropped = 0
  #recent: Buffer = NOTHING

  /** Takes a chunk; returns what may be shown, and the part of the chunk that is held back. */
  push(chunk: Buffer): { readonly shown: Buffer; readonly held: Buffer } {
    if (this.#state === 'released') return { shown: chunk, held: NOTHING }
    if (this.#state === 'holding') return { shown: NOTHING, held: this.#hold(chunk) }
    const bytes = this.#doubtful.length === 0 ? chunk : Buffer.concat([this.#doubtful, chunk])
    const at = bytes.indexOf(MARKER)
    const end = at === -1 ? bytes.length - doubtfulLength(bytes) : at
    this.#doubtful = at === -1 ? bytes.subarray(end) : NOTHING
    if (at !== -1) this.#state = 'holding'
    const shown = bytes.subarray(0, end)
    this.#remember(shown)
    return { shown, held: at === -1 ? NOTHING : this.#hold(bytes.subarray(at + MARKER.length)) }
  }

  /** The stream has ended: returns what still is to be shown. */
  end(): Buffer {
    const rest = this.#doubtful
    this.#doubtful = NOTHING
    this.#remember(rest)
    return rest
  }

  lastWords(): LastWords {
    if (this.#state === 'holding') return { lines: linesOf(this.#heldText()), alreadyShown: false }
    const lines = linesOf(this.#recent)
    // The first line may have lost its head.
    if (this.#recent.length === RECENT_BYTES && lines.length > 1) lines.shift()
    return { lines: lines.slice(-RECENT_LINES), alreadyShown: true }
  }

  /** Gives up what was held back, to be shown; later chunks pass. */
  release(): Buffer {
    const held = this.#state === 'holding' ? this.#heldText() : NOTHING
    this.#state = 'released'
    this.#held = []
    this.#remember(held)
    return held
  }

  #hold(bytes: Buffer): Buffer {
    const room = HELD_BYTES - this.#heldBytes
    if (room > 0) this.#held.push(bytes.subarray(0, room))
    this.#heldBytes += Math.min(room, bytes.length)
    this.#dropped += Math.max(0, bytes.length - room)
    return bytes
  }

  #heldText(): Buffer {
    const more = this.#dropped === 0 ? [] : [Buffer.from(`\n… and ${this.#dropped} more bytes\n`)]
    return Buffer.concat([...this.#held, ...more])
  }

  #remember(bytes: Buffer): void {
    if (bytes.length >= RECENT_BYTES) this.#recent = Buffer.from(bytes.subarray(-RECENT_BYTES))
    else if (bytes.length > 0) this.#recent = Buffer.concat([this.#recent, bytes]).subarray(-RECENT_BYTES)
  }
}

/** How many bytes at the end may begin a marker. */
function doubtfulLength(bytes: Buffer): number {
  const start = bytes.lastIndexOf(0)
  const length = start === -1 ? 0 : bytes.length - start
  return length < MARKER.length && bytes.subarray(bytes.length - length).equals(MARKER.subarray(0, length)) ? length : 0
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline === -1 ? bytes.length : newline
    lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  return lines
}
