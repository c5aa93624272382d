/**
 * One place where bytes become visible: a terminal, a pipe, a file; stdout and stderr share a sink when both lead to the
 * same place. One write is under way at a time and takes along all that has gathered, so many small pieces make few
 * writes. Whoever leaves a line unfinished owns it: others wait for its end, but not for ever, since an owner may in turn
 * wait for a rank whose output is held up here. Knows no ranks and no labels.
 */
import type { Writable } from 'node:stream'

/** Writers wait while more than this is queued. */
const HIGH_WATER_MARK = 256 * 1024

const LINE_END = Buffer.from('\n')

export interface SinkOptions {
  /** Called once for each stream that cannot be written any more; what is meant for it is then thrown away. */
  readonly onBroken: (stream: Writable, error: NodeJS.ErrnoException) => void
  /** Milliseconds that others wait for the silent owner of an unfinished line. @default 1000 */
  readonly patience?: number | undefined
}

export class Sink {
  readonly #options: SinkOptions
  readonly #patience: number
  readonly #streams = new Map<Writable, { broken: boolean; readonly listener: (error: Error) => void }>()
  #queue: { readonly stream: Writable; readonly bytes: Buffer }[] = []
  #queued = 0
  #writing = false
  #open: { readonly owner: object; readonly stream: Writable; since: number; abandoned: boolean } | undefined
  #waiting: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(options: SinkOptions) {
    this.#options = options
    this.#patience = options.patience ?? 1000
  }

  /** Whether `writer` may write without cutting somebody else's line. */
  isFreeFor(writer: object): boolean {
    return this.#open === undefined || this.#open.abandoned || this.#open.owner === writer
  }

  /** Whether the last line is unfinished and `writer`'s own. */
  isOpenFor(writer: object): boolean {
    return this.#open?.owner === writer
  }

  /** Resolves when it may have become free; look again. */
  turn(): Promise<void> {
    const silence = this.#writing ? 0 : performance.now() - (this.#open?.since ?? 0)
    this.#timer ??= setTimeout(() => this.#losePatience(), Math.max(0, this.#patience - silence))
    return this.#change()
  }

  /** Queues `bytes`. Another writer's unfinished line is ended first. */
  write(writer: object, stream: Writable, bytes: Buffer): void {
    if (bytes.length === 0) return
    if (this.#open !== undefined && this.#open.owner !== writer) this.#endLine()
    const complete = bytes.at(-1) === LINE_END[0]
    this.#open = complete ? undefined : { owner: writer, stream, since: performance.now(), abandoned: false }
    this.#enqueue(stream, bytes)
    if (complete) this.#notify()
  }

  /** `writer` will not write again: nobody need wait for the end of its line. */
  leave(writer: object): void {
    if (this.#open?.owner !== writer) return
    this.#open.abandoned = true
    this.#notify()
  }

  /** Resolves when no more than the high water mark is queued. */
  async room(): Promise<void> {
    while (this.#queued > HIGH_WATER_MARK) await this.#change()
  }

  /** Resolves when all has been written, or thrown away because the stream is broken. */
  async idle(): Promise<void> {
    while (this.#queued > 0) await this.#change()
  }

  /** Lets go of the streams; call it when idle. A broken one keeps its listener: its error may still be on the way. */
  release(): void {
    for (const [stream, { broken, listener }] of this.#streams) if (!broken) stream.off('error', listener)
  }

  #endLine(): void {
    if (this.#open !== undefined) this.#enqueue(this.#open.stream, LINE_END)
    this.#open = undefined
  }

  #losePatience(): void {
    this.#timer = undefined
    // While a write is under way it is the reader who is slow, not the owner. Who waits looks again, and asks anew.
    if (!this.#writing && this.#open !== undefined && performance.now() - this.#open.since >= this.#patience)
      this.#endLine()
    this.#notify()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #notify(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #enqueue(stream: Writable, bytes: Buffer): void {
    if (!this.#streams.has(stream)) {
      const listener = (error: Error) => this.#break(stream, error)
      this.#streams.set(stream, { broken: false, listener })
      stream.on('error', listener)
    }
    this.#queue.push({ stream, bytes })
    this.#queued += bytes.length
    this.#pump()
  }

  #pump(): void {
    const [first] = this.#queue
    if (this.#writing || first === undefined) return
    const other = this.#queue.findIndex(({ stream }) => stream !== first.stream)
    const batch = this.#queue.splice(0, other === -1 ? this.#queue.length : other).map(({ bytes }) => bytes)
    const bytes = batch.length === 1 ? first.bytes : Buffer.concat(batch)
    this.#writing = true
    const done = (error?: Error | null) => {
      if (error) this.#break(first.stream, error)
      this.#writing = false
      this.#queued -= bytes.length
      if (this.#open !== undefined) this.#open.since = performance.now()
      this.#pump()
      this.#notify()
    }
    if (this.#streams.get(first.stream)?.broken) queueMicrotask(done)
    else first.stream.write(bytes, done)
  }

  #break(stream: Writable, error: NodeJS.ErrnoException): void {
    const state = this.#streams.get(stream)
    if (state === undefined || state.broken) return
    state.broken = true
    this.#options.onBroken(stream, error)
  }
}
