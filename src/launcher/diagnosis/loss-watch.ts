/**
 * Tells packets that are lost from those that are slow, while all ranks are blocked. What follows on the same connection
 * arrives after what was sent before: so a sender is asked for a further packet. If that arrives, the receiver sees the
 * gap itself, however slow the network is. Only when it does not arrive either, nor anything else of the pair for a long
 * time, nothing is left of the connection. Pure.
 */
import type { Missing } from './evidence.ts'

/** Milliseconds for which nothing arrives before the sender is asked, and then again. */
const PATIENCE = 500
const AGAIN = 8000
/** What counts of the time between two surveys, in ms: a launcher that was stopped has not watched meanwhile. */
const STEP = 1000

export interface Findings {
  /** Senders, and whom each of them should send a packet. */
  readonly nudges: ReadonlyMap<number, readonly number[]>
  /** Packets that will never arrive. */
  readonly losses: readonly Missing[]
}

interface Pair extends Missing {
  /** Milliseconds for which it was found so, and before the last survey. */
  readonly silence: number
  readonly before: number
}

export class LossWatch {
  readonly #limit: number
  #pairs = new Map<string, Pair>()
  #last = -Infinity

  /** @param limit milliseconds for which nothing of a pair arrives */
  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * What is missing, by one more survey in which all ranks were blocked.
   * @param now milliseconds of any clock that never goes back
   */
  observe(missing: readonly Missing[], now: number): Findings {
    const step = Math.min(now - this.#last, STEP)
    this.#last = now
    const pairs = new Map<string, Pair>()
    for (const found of missing) {
      const key = `${found.source} ${found.destination}`
      const known = this.#pairs.get(key)
      const isSame = known !== undefined && known.received === found.received
      const before = isSame ? known.silence : 0
      pairs.set(key, isSame ? { ...known, silence: before + step, before } : { ...found, silence: 0, before })
    }
    this.#pairs = pairs
    const nudges = new Map<number, number[]>()
    for (const { source, destination, silence, before } of pairs.values())
      if (nudgesDue(silence) > nudgesDue(before)) nudges.set(source, [...(nudges.get(source) ?? []), destination])
    return { nudges, losses: [...pairs.values()].filter(({ silence }) => silence >= this.#limit) }
  }
}

/** How often the sender is asked within so many milliseconds of silence. */
function nudgesDue(silence: number): number {
  return Math.floor((silence - PATIENCE) / AGAIN) + 1
}
