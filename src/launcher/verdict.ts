/**
 * Why a job ends early. The first failure is the verdict: the ranks are ended for it, and it is told once, with what
 * everybody did at that time. What happens afterwards is its consequence.
 */
import type { AgentMessage } from '../bootstrap/control.ts'
import type { Logger } from '../logger.ts'
import type { Observer } from './diagnosis/observer.ts'
import { exitStatus, isFoundAtTheEnd, isSilent, type Failure } from './failure.ts'
import { Ladder } from './ladder.ts'
import { unreceivedOf } from './ledger.ts'
import type { Output } from './output.ts'
import type { RankRecord } from './rank-record.ts'
import { failureBlock, type Speaker } from './report.ts'

export interface VerdictOptions {
  /** Index: rank. */
  readonly records: readonly RankRecord[]
  readonly observer: Observer
  readonly output: Output
  readonly log: Logger
  readonly speaker: Speaker
  /** Seconds from one signal to the next. */
  readonly killGrace: number
  /** Sends a signal to all ranks. */
  readonly signal: (signal: NodeJS.Signals) => void
  readonly post: (rank: number, message: AgentMessage) => void
}

/** Failures after which it helps to see what the other ranks were doing. */
const TABLED: ReadonlySet<Failure['kind']> = new Set(['process', 'broken', 'unsent', 'silence'])

export class Verdict {
  readonly #options: VerdictOptions
  readonly #ladder: Ladder
  #failure: Failure | undefined
  /** Running ranks when the failure was found. */
  #others = 0
  /** What everybody did at that time. */
  #activity: readonly string[] = []
  #observed: Promise<void> = Promise.resolve()
  #isTold = false

  constructor(options: VerdictOptions) {
    this.#options = options
    this.#ladder = new Ladder((signal) => {
      options.log.debug({ signal }, 'signal to all ranks')
      options.signal(signal)
    }, options.killGrace * 1000)
  }

  get failure(): Failure | undefined {
    return this.#failure
  }

  /** The exit status, as far as it is decided. */
  get status(): number {
    return exitStatus(this.#failure)
  }

  /** Resolves when everybody has been looked at, if that is being done. */
  get observed(): Promise<void> {
    return this.#observed
  }

  /**
   * Ends the job for this reason, unless it is already being ended for another.
   * @param signals what the ranks get, one after the other, `killGrace` seconds apart
   */
  reach(failure: Failure, signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGKILL']): void {
    if (this.#failure !== undefined) return
    this.#failure = failure
    const { records, observer, log } = this.#options
    const isNamed = (rank: number): boolean => 'rank' in failure && failure.rank === rank
    this.#others = records.filter(({ rank, isRunning }) => isRunning && !isNamed(rank)).length
    log.info({ failure: failure.kind, others: this.#others }, 'the job ends')
    observer.stop()
    if (isFoundAtTheEnd(failure)) return
    if (failure.kind === 'deadlock') this.#breakDeadlock(failure.lines, signals)
    else if (failure.kind === 'timeout' || (TABLED.has(failure.kind) && observer.hasMuchToTell)) this.#observe(signals)
    else this.#ladder.climb(signals)
    if ('rank' in failure) return
    void this.#observed.then(() => this.tell())
  }

  /** What a signal to the launcher does; see Job. */
  interrupt(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): boolean {
    const { output, killGrace } = this.#options
    const { left } = this.#ladder
    if (left === undefined) {
      if (signal === 'SIGINT')
        output.notice(`zmpirun: SIGINT: the ranks have ${killGrace} s to end (once more: kill them now)\n`)
      this.reach({ kind: 'interrupted', signal }, signal === 'SIGINT' ? ['SIGINT', 'SIGTERM', 'SIGKILL'] : undefined)
      return true
    }
    if (signal !== 'SIGINT') {
      if (left.includes('SIGTERM')) this.#ladder.climb(['SIGTERM', 'SIGKILL'])
      return true
    }
    if (left.length === 0) return false
    this.#ladder.climb(['SIGKILL'])
    return true
  }

  /** Tells the failure, once. */
  tell(): void {
    const failure = this.#failure
    if (failure === undefined || this.#isTold) return
    this.#isTold = true
    if (isSilent(failure)) return
    const { records, output, speaker } = this.#options
    const rank = 'rank' in failure ? failure.rank : undefined
    const { lines, alreadyShown } = rank === undefined ? { lines: [], alreadyShown: true } : output.lastWords(rank)
    output.notice(
      failureBlock({
        failure,
        rank: rank === undefined ? undefined : records[rank]?.facts(),
        lastWords: { lines: lines.map((line) => line.toString()), alreadyShown },
        others: this.#others,
        activity: this.#activity,
        unreceived: unreceivedOf(records.map(({ farewell }) => farewell)),
        speaker,
      }),
    )
  }

  /** All ranks have ended: no further signal is sent. */
  stop(): void {
    this.#ladder.stop()
  }

  /** Looks what everybody is doing before they are stopped. */
  #observe(signals: readonly NodeJS.Signals[]): void {
    this.#observed = this.#options.observer.table().then((lines) => void (this.#activity = lines))
    this.#ladder.prepare(signals, this.#observed)
  }

  /** The ranks hear of it and may handle it. Most end by it; the others get the signals after the grace. */
  #breakDeadlock(lines: readonly string[], signals: readonly NodeJS.Signals[]): void {
    const { records, post } = this.#options
    const text = lines.map((line) => line.trim()).join('; ')
    for (const { rank, isRunning, hasSpoken } of records)
      if (isRunning && hasSpoken) post(rank, { type: 'deadlock', text })
    this.#ladder.prepare(signals)
  }
}
