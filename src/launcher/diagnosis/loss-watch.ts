/**
 * Tells packets that are lost from those that are slow, while all ranks are blocked. What follows on the same connection
 * arrives after what was sent before: so a sender is asked for a further packet. If that arrives, the receiver sees the
 * gap itself, however slow the network is. Only when it does not arrive either, nor anything else of the pair for a long
 * time, nothing is left of the connection. Pure.
 */
import type { Missing } from './evidence.ts'

/** Surveys that see the same before the sender is asked, and then again. */
const PATIENCE = 2
const AGAIN = 16

export interface Findings {
  /** Senders, and whom each of them should send a packet. */
  readonly nudges: ReadonlyMap<number, readonly number[]>
  /** Packets that will never arrive. */
  readonly losses: readonly Missing[]
}

interface Pair extends Missing {
  /** How often in a row it was found so. */
  readonly times: number
}

export class LossWatch {
  readonly #limit: number
  #pairs = new Map<string, Pair>()

  /** @param limit surveys in a row that find that nothing of a pair has arrived */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** What is missing, by one more survey in which all ranks were blocked. */
  observe(missing: readonly Missing[]): Findings {
    const pairs = new Map<string, Pair>()
    for (const found of missing) {
      const key = `${found.source} ${found.destination}`
      const known = this.#pairs.get(key)
      const isSame = known !== undefined && known.received === found.received
      pairs.set(key, isSame ? { ...known, times: known.times + 1 } : { ...found, times: 1 })
    }
    this.#pairs = pairs
    const nudges = new Map<number, number[]>()
    for (const { source, destination, times } of pairs.values())
      if (times % AGAIN === PATIENCE) nudges.set(source, [...(nudges.get(source) ?? []), destination])
    return { nudges, losses: [...pairs.values()].filter(({ times }) => times > this.#limit) }
  }
}
