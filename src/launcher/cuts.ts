/**
 * Broken connections between ranks. One may turn out to be the end of a rank, of which both sides hear; one between two
 * ranks that go on is a failure.
 */
import type { RankMessage } from '../bootstrap/control.ts'
import type { RankRecord } from './rank-record.ts'

type Cut = RankMessage & { readonly type: 'cut' }

/**
 * Milliseconds for which a broken connection may turn out to be the end of a rank; between hosts a lease more, since after a
 * short cut TCP may be as late with the word of it. What was said meanwhile is read first.
 */
const PATIENCE = 1000

export class Cuts {
  readonly #records: readonly RankRecord[]
  readonly #patience: number
  readonly #onBroken: (rank: number, cut: Cut) => void
  readonly #timers: NodeJS.Timeout[] = []

  /**
   * @param records index: rank
   * @param lease seconds
   * @param onBroken `rank` and its peer have lost each other, and neither has left
   */
  constructor(records: readonly RankRecord[], lease: number, onBroken: (rank: number, cut: Cut) => void) {
    const hosts = new Set(records.map(({ start }) => start.placement.host.name))
    this.#records = records
    this.#patience = hosts.size <= 1 ? PATIENCE : PATIENCE + lease * 1000
    this.#onBroken = onBroken
  }

  /** A rank says that its connection to a peer has ended. */
  heard(rank: number, cut: Cut): void {
    this.#timers.push(setTimeout(() => setImmediate(() => this.#decide(rank, cut)), this.#patience))
  }

  /** The job is over: nothing is to be decided any more. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #decide(rank: number, cut: Cut): void {
    const ends = [this.#records[rank], this.#records[cut.peer]]
    const hasLeft = ends.some((end) => end?.isRunning === false || end?.farewell !== undefined)
    if (!hasLeft) this.#onBroken(rank, cut)
  }
}
