/** Ranks that somebody has stopped: each is told of once it has been so for a while. They are not killed. */

/** Milliseconds for which a rank may be stopped before anything is said. */
export const STOPPED_AFTER = 10_000

export class StoppedRanks {
  readonly #tell: (rank: number) => void
  readonly #patience: number
  readonly #timers = new Map<number, NodeJS.Timeout>()

  /** `tell` is called when a rank has been stopped for `patience` ms. */
  constructor(tell: (rank: number) => void, patience: number) {
    this.#tell = tell
    this.#patience = patience
  }

  stopped(rank: number): void {
    this.goesOn(rank)
    this.#timers.set(
      rank,
      setTimeout(() => this.#tell(rank), this.#patience),
    )
  }

  /** It has been continued, or has ended. */
  goesOn(rank: number): void {
    clearTimeout(this.#timers.get(rank))
    this.#timers.delete(rank)
  }

  has(rank: number): boolean {
    return this.#timers.has(rank)
  }
}
