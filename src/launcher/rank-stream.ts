/**
 * One output stream of one rank on its way to a sink: whole lines, each behind its prefix. A line is held until it ends;
 * one longer than 64 KiB is passed on in pieces and owns the sink's line meanwhile. Never looks at characters.
 */
import type { Writable } from 'node:stream'
import { prefixLines } from './label.ts'
import type { Sink } from './sink.ts'

const NEWLINE = 0x0a
const LINE_END = Buffer.from('\n')
const LONGEST_HELD = 64 * 1024
/** Milliseconds after which a person sees an unfinished line: it may be a question. */
const PROMPT_DELAY = 100

export interface RankStreamOptions {
  readonly sink: Sink
  readonly target: Writable
  /** Called for each batch of lines; undefined: lines stay as they are. */
  readonly prefix: (() => Buffer) | undefined
  /** A person looks and may have to answer. */
  readonly interactive: boolean
}

export class RankStream {
  readonly #options: RankStreamOptions
  #held: Buffer[] = []
  #heldBytes = 0
  #prompt: NodeJS.Timeout | undefined

  constructor(options: RankStreamOptions) {
    this.#options = options
  }

  /** Resolves when the next chunk may come. One call at a time. */
  async push(chunk: Buffer): Promise<void> {
    clearTimeout(this.#prompt)
    const { sink } = this.#options
    const end = chunk.lastIndexOf(NEWLINE) + 1
    this.#hold(chunk.subarray(0, end))
    if (end > 0) await this.#flush()
    this.#hold(chunk.subarray(end))
    if (this.#heldBytes > LONGEST_HELD || (this.#heldBytes > 0 && sink.isOpenFor(this))) await this.#flush()
    else if (this.#heldBytes > 0 && this.#options.interactive)
      this.#prompt = setTimeout(() => {
        if (sink.isFreeFor(this)) this.#emit()
      }, PROMPT_DELAY)
    await sink.room()
  }

  /** The rank will write no more. Behind a prefix an unfinished line is ended, so that the next one begins a line. */
  async end(): Promise<void> {
    clearTimeout(this.#prompt)
    const { sink, prefix } = this.#options
    if (prefix !== undefined && (this.#heldBytes > 0 || sink.isOpenFor(this))) this.#hold(LINE_END)
    if (this.#heldBytes > 0) await this.#flush()
    sink.leave(this)
  }

  #hold(bytes: Buffer): void {
    if (bytes.length > 0) this.#held.push(bytes)
    this.#heldBytes += bytes.length
  }

  async #flush(): Promise<void> {
    while (!this.#options.sink.isFreeFor(this)) await this.#options.sink.turn()
    this.#emit()
  }

  #emit(): void {
    const { sink, target, prefix } = this.#options
    const bytes = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    sink.write(this, target, prefix === undefined ? bytes : prefixLines(prefix(), bytes, sink.isOpenFor(this)))
  }
}
