/**
 * What is waited for on the board: each wait is a posted receive, which is fulfilled when the board shows what it is for.
 * Timeouts, departures, disagreement and reports find it among the receives.
 */
import { PostedReceive } from './posted-receive.ts'
import type { CallSite } from './call-site.ts'
import type { Scope } from './scope.ts'
import type { Limits } from './supervise.ts'

/** One call of a collective. */
export interface Round {
  readonly context: number
  readonly call: number
  readonly signature: number
  readonly operation: string
  readonly scope: Scope
  readonly limits: Limits | undefined
  readonly site: CallSite | undefined
}

/** Where receives are posted. */
export interface Posts {
  receive(receive: PostedReceive, limits: Limits | undefined): Promise<unknown>
  /** Takes a receive back, whose promise nobody waits for any more. */
  withdraw(receive: PostedReceive): void
  /** False when the receive is over already. */
  fulfil(receive: PostedReceive, signature: number): boolean
}

interface Wait {
  readonly rank: number
  readonly receive: PostedReceive
  /** What is waited for; undefined: a record of `rank` is. */
  readonly isOver: (() => boolean) | undefined
}

export class BoardWaits {
  readonly #posts: Posts
  #waits: Wait[] = []

  constructor(posts: Posts) {
    this.#posts = posts
  }

  get isEmpty(): boolean {
    return this.#waits.length === 0
  }

  /** Resolves when a rank's next record is there, or what it does has led to what `isOver` asks. */
  begin(
    { context, call, signature, operation, scope, limits, site }: Round,
    rank: number,
    isOver?: () => boolean,
  ): Promise<unknown> {
    const process = scope.processes[rank] ?? rank
    const receive = new PostedReceive(context, process, call, 'nothing', undefined, signature, scope, operation)
    receive.site = site
    this.#waits.push({ rank, receive, isOver })
    return this.#posts.receive(receive, limits)
  }

  /** Ends those for which there is an answer: the signature of a rank's record for a call, if it is there. True when any was. */
  serve(signatureOf: (rank: number, call: number) => number | undefined): boolean {
    if (this.#waits.length === 0) return false
    let any = false
    const left: Wait[] = []
    for (const wait of this.#waits) {
      const { rank, receive, isOver } = wait
      const signature = isOver === undefined ? signatureOf(rank, receive.tag) : isOver() ? receive.signature : undefined
      if (signature === undefined) left.push(wait)
      else if (this.#posts.fulfil(receive, signature)) any = true
    }
    this.#waits = left
    return any
  }

  /** Takes all of them back. */
  withdraw(): void {
    for (const { receive } of this.#waits) this.#posts.withdraw(receive)
    this.#waits = []
  }
}
