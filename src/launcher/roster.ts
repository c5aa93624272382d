/**
 * Who is where, and who has left: answers the ranks' questions about each other. Pure: what is to be said goes to `tell`.
 * Ranks that never speak are never spoken to, since nobody would read it.
 */
import type { AgentMessage } from '../bootstrap/control.ts'

type Gone = AgentMessage & { readonly type: 'gone' }
type At = AgentMessage & { readonly type: 'at' }

/** What everybody hears of a rank that has left. */
export interface Departure extends Pick<Gone, 'how' | 'detail'> {
  /** Messages that it sent to each peer, if it told. */
  readonly sent: ReadonlyMap<number, number> | undefined
}

export class Roster {
  readonly #tell: (rank: number, message: AgentMessage) => void
  readonly #addresses = new Map<number, At>()
  readonly #departed = new Map<number, Departure>()
  readonly #speakers = new Set<number>()
  /** For each rank whose address is not known: who asks for it. */
  readonly #asking = new Map<number, Set<number>>()

  constructor(tell: (rank: number, message: AgentMessage) => void) {
    this.#tell = tell
  }

  /** `rank` has said something, so it hears who has left, before and from now on. */
  greet(rank: number): void {
    if (this.#speakers.has(rank)) return
    this.#speakers.add(rank)
    for (const [other, departure] of this.#departed) this.#tell(rank, farewell(other, departure, rank))
  }

  open(rank: number, address: string, host: string): void {
    const at: At = { type: 'at', rank, address, host }
    this.#addresses.set(rank, at)
    for (const asker of this.#asking.get(rank) ?? []) this.#tell(asker, at)
    this.#asking.delete(rank)
  }

  /** Answers at once for every rank that is known; for the others as soon as they open. Who has left was told. */
  where(asker: number, ranks: readonly number[]): void {
    for (const rank of ranks) {
      const at = this.#addresses.get(rank)
      if (at !== undefined) this.#tell(asker, at)
      else if (!this.#departed.has(rank)) this.#asking.set(rank, (this.#asking.get(rank) ?? new Set()).add(asker))
    }
  }

  depart(rank: number, departure: Departure): void {
    this.#departed.set(rank, departure)
    this.#speakers.delete(rank)
    this.#addresses.delete(rank)
    this.#asking.delete(rank)
    for (const other of this.#speakers) this.#tell(other, farewell(rank, departure, other))
  }
}

function farewell(rank: number, { how, detail, sent }: Departure, addressee: number): Gone {
  return { type: 'gone', rank, how, detail, sent: sent === undefined ? undefined : (sent.get(addressee) ?? 0) }
}
