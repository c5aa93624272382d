/** Finds a deadlock by what the ranks say: asks twice as soon as all of them believe that they are blocked. */
import { isStandstill, isUnchanged } from './evidence.ts'
import type { States } from './wait-graph.ts'

export interface DeadlockWatchOptions {
  /** Ranks that may still send. */
  readonly live: () => readonly number[]
  readonly ask: (ranks: readonly number[], exact: boolean) => Promise<States>
  readonly found: (states: States) => void
}

/** Milliseconds after which ranks that all are blocked are asked again, should packets be on their way. */
const AGAIN = 500

export class DeadlockWatch {
  readonly #options: DeadlockWatchOptions
  readonly #blocked = new Set<number>()
  #isAsking = false
  #isStopped = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: DeadlockWatchOptions) {
    this.#options = options
  }

  /** A rank believes that only a message can wake it. */
  blocked(rank: number): void {
    this.#blocked.add(rank)
    this.consider()
  }

  running(rank: number): void {
    this.#blocked.delete(rank)
  }

  /** Who is blocked, or who is live, has changed. */
  consider(): void {
    if (!this.#isAsking && !this.#isStopped && this.#isSuspicious()) void this.#ask()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #isSuspicious(): boolean {
    const live = this.#options.live()
    return live.length > 0 && live.every((rank) => this.#blocked.has(rank))
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    const { live, ask, found } = this.#options
    const ranks = live()
    const first = await this.#round(ask(ranks, true))
    const second = isStandstill(first) && first.size === ranks.length ? await this.#round(ask(ranks, false)) : undefined
    this.#isAsking = false
    if (this.#isStopped) return
    const isCertain =
      second !== undefined &&
      isStandstill(second) &&
      isUnchanged(first, second) &&
      ranks.length === live().length &&
      ranks.every((rank) => second.has(rank))
    if (isCertain) {
      this.stop()
      found(second)
    } else if (this.#isSuspicious()) this.#timer = setTimeout(() => this.consider(), AGAIN)
  }

  async #round(answers: Promise<States>): Promise<States> {
    const states = await answers
    for (const [rank, { blocked }] of states) if (!blocked) this.#blocked.delete(rank)
    return states
  }
}
