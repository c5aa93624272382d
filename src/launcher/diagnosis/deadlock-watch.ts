/**
 * Finds a deadlock by what the ranks say: asks twice as soon as all of them believe that they are blocked. While packets
 * are missing it asks again and again, and finds those that are lost.
 */
import { areBlocked, isStandstill, isUnchanged, missingPackets, type Missing } from './evidence.ts'
import { LossWatch } from './loss-watch.ts'
import type { States } from './wait-graph.ts'

export interface DeadlockWatchOptions {
  /** Ranks that may still send. */
  readonly live: () => readonly number[]
  readonly ask: (ranks: readonly number[], exact: boolean) => Promise<States>
  readonly found: (states: States) => void
  /** Packets that were sent will never arrive. */
  readonly lost: (losses: readonly Missing[]) => void
  /** This rank should send each of these a packet, whatever it holds. */
  readonly nudge: (rank: number, peers: readonly number[]) => void
  /** Seconds for which nothing arrives on a connection that is lost. */
  readonly silence: number
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** Milliseconds after which ranks that all are blocked are asked again, should packets be on their way. */
const AGAIN = 500

export class DeadlockWatch {
  readonly #options: DeadlockWatchOptions
  readonly #blocked = new Set<number>()
  readonly #losses: LossWatch
  #isAsking = false
  #isStopped = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: DeadlockWatchOptions) {
    this.#options = options
    this.#losses = new LossWatch(options.silence * 1000)
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
      return
    }
    if (first.size === ranks.length && areBlocked(first)) this.#look(missingPackets(first))
    clearTimeout(this.#timer)
    if (!this.#isStopped && this.#isSuspicious()) this.#timer = setTimeout(() => this.consider(), AGAIN)
  }

  /** What is missing while all are blocked. */
  #look(missing: readonly Missing[]): void {
    const { lost, nudge, now } = this.#options
    const { nudges, losses } = this.#losses.observe(missing, now())
    for (const [rank, peers] of nudges) nudge(rank, peers)
    if (losses.length === 0) return
    this.stop()
    lost(losses)
  }

  async #round(answers: Promise<States>): Promise<States> {
    const states = await answers
    for (const [rank, { blocked }] of states) if (!blocked) this.#blocked.delete(rank)
    return states
  }
}
