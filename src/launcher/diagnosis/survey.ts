/** Questions to many ranks at once. Knows no clock but its own limit. */
import type { AgentMessage } from '../../bootstrap/control.ts'
import type { RankState } from '../../bootstrap/rank-state.ts'
import type { States } from './wait-graph.ts'

interface Open {
  readonly missing: Set<number>
  readonly states: Map<number, RankState>
  readonly conclude: () => void
}

export class Surveys {
  readonly #post: (rank: number, message: AgentMessage) => void
  readonly #open = new Map<number, Open>()
  #latest = 0

  constructor(post: (rank: number, message: AgentMessage) => void) {
    this.#post = post
  }

  /**
   * Asks what they are doing. Resolves with the answers when all that have not left have answered, or when so many
   * milliseconds are over.
   */
  ask(ranks: readonly number[], exact: boolean, limit?: number): Promise<States> {
    const survey = ++this.#latest
    return new Promise((resolve) => {
      const states = new Map<number, RankState>()
      const conclude = (): void => {
        clearTimeout(timer)
        this.#open.delete(survey)
        resolve(new Map([...states].toSorted(([a], [b]) => a - b)))
      }
      const timer = limit === undefined ? undefined : setTimeout(conclude, limit)
      this.#open.set(survey, { missing: new Set(ranks), states, conclude })
      for (const rank of ranks) this.#post(rank, { type: 'report', survey, exact })
      if (ranks.length === 0) conclude()
    })
  }

  answered(rank: number, survey: number, state: RankState): void {
    const open = this.#open.get(survey)
    if (open?.missing.delete(rank) !== true) return
    open.states.set(rank, state)
    if (open.missing.size === 0) open.conclude()
  }

  /** It will not answer any more. */
  left(rank: number): void {
    for (const open of [...this.#open.values()])
      if (open.missing.delete(rank) && open.missing.size === 0) open.conclude()
  }
}
