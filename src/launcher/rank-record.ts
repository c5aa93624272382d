/** What the job knows of one rank, from its start to its end. */
import type { RankView } from './diagnosis/observer.ts'
import type { ProcessEnd, RankStart } from './agent.ts'
import type { Farewell } from './ledger.ts'
import { describeEnd, type RankFacts } from './report.ts'
import { quoteForShell } from './shell-quote.ts'

/** How one rank ended. */
export interface RankResult extends ProcessEnd {
  readonly rank: number
  readonly host: string
  readonly pid: number | undefined
}

export class RankRecord {
  readonly start: RankStart
  farewell: Farewell | undefined
  /** It uses this library. */
  hasSpoken = false
  /** Resolves when all that it has printed was taken. */
  output: Promise<unknown> = Promise.resolve()
  #pid: number | undefined
  #end: ProcessEnd | undefined
  /** When it began, or ended: milliseconds of performance.now(). */
  #since = performance.now()

  constructor(start: RankStart) {
    this.start = start
  }

  get rank(): number {
    return this.start.placement.rank
  }

  get isRunning(): boolean {
    return this.#pid !== undefined && this.#end === undefined
  }

  started(pid: number): void {
    this.#pid = pid
    this.#since = performance.now()
  }

  ended(end: ProcessEnd): void {
    this.#end = end
    this.#since = performance.now()
  }

  /** For the block that tells a failure. */
  facts(): RankFacts {
    const { command, placement } = this.start
    const { name, isLocal } = placement.host
    return { rank: this.rank, host: name, isLocal, pid: this.#pid, command: command.map(quoteForShell).join(' ') }
  }

  /** For the table of what everybody does. */
  view(isStopped: boolean): RankView {
    return {
      rank: this.rank,
      host: this.start.placement.host.name,
      end: this.#end === undefined ? undefined : describeEnd(this.#end.code, this.#end.signal),
      seconds: (performance.now() - this.#since) / 1000,
      hasSpoken: this.hasSpoken,
      hasFinished: this.farewell?.type === 'ended',
      isStopped,
    }
  }

  result(): RankResult {
    const { name } = this.start.placement.host
    return { rank: this.rank, host: name, pid: this.#pid, code: this.#end?.code, signal: this.#end?.signal }
  }
}
