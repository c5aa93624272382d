/**
 * A receive that looks for its message for a moment before it is posted, where the program would do nothing else in that
 * moment anyway. Whether it would shows a receive that is posted at once: when no other operation begins until its message
 * is there, the program waits for each; otherwise it posts receives first, and to look would hold back what follows.
 */
import type { PostedReceive } from './posted-receive.ts'
import type { Statuses } from './statuses.ts'

/** Looks in a moment: one or two µs. */
const MOMENT = 400
/** One receive in so many is posted at once, since programs go from one way to the other. */
const SAMPLED = 64

export class Glance {
  /** How often to look. */
  readonly looks = MOMENT
  readonly #statuses: Statuses
  #isWaitedFor = false
  #isWatching = false
  #receives = 0
  #outcome: 'none' | 'value' | 'error' = 'none'
  #result: unknown = undefined
  readonly #resolve = (value: unknown): void => {
    this.#outcome = 'value'
    this.#result = value
  }
  readonly #reject = (error: unknown): void => {
    this.#outcome = 'error'
    this.#result = error
  }

  constructor(statuses: Statuses) {
    this.#statuses = statuses
  }

  get isWorthIt(): boolean {
    return this.#isWaitedFor && ++this.#receives % SAMPLED !== 0
  }

  /** A receive was posted while nothing else waited. */
  posted(): void {
    this.#isWatching = true
  }

  /** Another operation begins. */
  interrupted(): void {
    if (!this.#isWatching) return
    this.#isWatching = false
    this.#isWaitedFor = false
  }

  /** Nothing waits any more. */
  over(): void {
    if (!this.#isWatching) return
    this.#isWatching = false
    this.#isWaitedFor = true
  }

  /** From now on what becomes of the receive is kept here. */
  begin(receive: PostedReceive): void {
    receive.resolve = this.#resolve
    receive.reject = this.#reject
  }

  get hasEnded(): boolean {
    return this.#outcome !== 'none'
  }

  /** What became of it; undefined when nothing did. */
  end(): Promise<unknown> | undefined {
    const outcome = this.#outcome
    if (outcome === 'none') return undefined
    const result = this.#result
    this.#outcome = 'none'
    this.#result = undefined
    return outcome === 'value' ? this.#statuses.resolved(result) : Promise.reject(result)
  }
}
