/** Processes that have left the job, and receives and probes that nothing can complete any more because of that. */
import { ANY_SOURCE } from '../wire/envelope.ts'
import { codeOf, type Departure, type Peer, type Peers } from './peer.ts'
import type { Posting } from './posted-probe.ts'
import type { Cause } from './supervise.ts'
import { departedText } from './wait-text.ts'

export class Departures {
  readonly #peers: Peers
  readonly #rank: number
  #count = 0
  #end: Cause | undefined = undefined

  /** @param rank of this process, which can always send to itself */
  constructor(peers: Peers, rank: number) {
    this.#peers = peers
    this.#rank = rank
  }

  /** A process has left. False when that is known. */
  add(peer: Peer, departure: Departure): boolean {
    if (peer.departure !== undefined) return false
    peer.departure = departure
    this.#count++
    return true
  }

  /** Communication is over for this reason: whatever begins from now on is hopeless. */
  giveUp(cause: Cause): void {
    this.#end = cause
  }

  /** Why communication is over; undefined while it is not. */
  get end(): Cause | undefined {
    return this.#end
  }

  /** How a process has left; undefined while it has not. */
  of(rank: number): Departure | undefined {
    return this.#count === 0 ? undefined : this.#peers.get(rank).departure
  }

  /** True when every process that could send a matching message has left, or communication is over. */
  isHopeless({ source, scope }: Posting): boolean {
    if (this.#end !== undefined) return true
    if (this.#count === 0) return false
    if (source !== ANY_SOURCE) return this.of(source) !== undefined
    const others = scope.processes.filter((process) => process !== this.#rank)
    return others.length > 0 && others.every((process) => this.of(process) !== undefined)
  }

  /**
   * Why something is hopeless.
   *
   * @param partner the process whose departure ends a transfer from it; else the source counts
   */
  cause({ source, scope }: Posting, partner?: Peer): Cause {
    if (this.#end !== undefined) return this.#end
    const peer = source === ANY_SOURCE ? partner : this.#peers.get(source)
    const departure = peer?.departure
    const text =
      peer === undefined || departure === undefined || (source === ANY_SOURCE && departure.how === 'ended')
        ? 'cannot complete: every other rank has ended'
        : `cannot complete: rank ${scope.rankOf(peer.rank)} ${departedText(departure)}`
    return { code: codeOf(departure), text }
  }
}
