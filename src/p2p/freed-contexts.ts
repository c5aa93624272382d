/** Contexts of communicators that were freed here, and how many messages still came to them. Pure bookkeeping. */
import type { Envelope } from '../wire/envelope.ts'

/** Messages of one kind that came to a communicator that was freed here. */
export interface Dropped {
  /** What that was called. */
  readonly communicator: string
  readonly source: number
  readonly tag: number
  messages: number
}

/** Freed contexts that are remembered: more than messages can be under way to. */
const FREED_KEPT = 8192
/** Kinds of dropped messages that are counted apart. */
const DROPPED_KEPT = 256

export class FreedContexts {
  /** What their communicators were called, oldest first. */
  readonly #names = new Map<number, string>()
  readonly #dropped = new Map<string, Dropped>()

  add(context: number, communicator: string): void {
    this.#names.set(context, communicator)
    const [oldest = context] = this.#names.keys()
    if (this.#names.size > FREED_KEPT) this.#names.delete(oldest)
  }

  has(context: number): boolean {
    return this.#names.has(context)
  }

  /** Counts a message that nobody will receive. */
  count({ context, source, tag }: Envelope): void {
    const key = `${context} ${source} ${tag}`
    const known = this.#dropped.get(key)
    if (known !== undefined) known.messages++
    else if (this.#dropped.size < DROPPED_KEPT)
      this.#dropped.set(key, { communicator: this.#names.get(context) ?? '', source, tag, messages: 1 })
  }

  /** What was counted. */
  dropped(): Iterable<Dropped> {
    return this.#dropped.values()
  }
}
