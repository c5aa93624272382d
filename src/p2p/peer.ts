/** What this rank knows of another process of the job: counters of the pair, credit, and whether it still lives. */
import type { MpiErrorCode } from '../errors.ts'
import type { Transport } from '../transport/transport.ts'
import type { Arrival } from './arrival.ts'
import { Fifo } from './fifo.ts'
import type { Outgoing } from './outgoing.ts'
import { OVERHEAD_BYTES, Window } from './window.ts'

/** How a process has left the job; `garbled`: it lives, but what it sent cannot be understood. */
export interface Departure {
  readonly how: 'ended' | 'exited' | 'failed' | 'garbled'
  readonly detail: string
}

/** What operations fail with that only this process could complete. */
export function codeOf(departure: Departure | undefined): MpiErrorCode {
  switch (departure?.how) {
    case 'failed':
      return 'ERR_RANK_FAILED'
    case 'garbled':
      return 'ERR_PROTOCOL'
    default:
      return 'ERR_RANK_EXITED'
  }
}

export class Peer {
  readonly rank: number
  /** Largest message that goes there whole, in bytes. */
  readonly eagerLimit: number
  readonly window: Window
  /** Packets sent and received: the next sequence numbers of the pair. */
  sequenceOut = 0
  sequenceIn = 0
  /** Packets that carried messages (eager, announce, data), for the account at the end. */
  messagesSent = 0
  messagesReceived = 0
  /** Sends for which there was no credit, in the order of their calls. Nothing overtakes them. */
  readonly waiting = new Fifo<Outgoing>()
  /** Announced sends that would go whole if there were credit, in order, until they are granted or supplied. */
  readonly backlog = new Set<Outgoing>()
  /** Its announced messages whose payloads are still there, by its numbers. */
  readonly announcements = new Map<number, Arrival>()
  /** True since credit ran out for a moment; until the peer shows life, sends are announced without waiting. */
  stalled = false
  /** Turn of the sender's clock at which it last took something. */
  heardAt = -Infinity
  departure: Departure | undefined = undefined
  /** Settles the flush that runs at the end. */
  flushed: (() => void) | undefined = undefined
  /** It has said at the end that it had taken all. */
  isFlushed = false
  /** `messagesSent` when it was asked that. */
  messagesAsked = 0

  constructor(rank: number, eagerLimit: number, windowBytes: number, windowSlots: number) {
    this.rank = rank
    this.eagerLimit = eagerLimit
    this.window = new Window(windowBytes, windowSlots)
  }

  /** It has taken something, in this turn of the sender's clock. */
  heard(turn: number): void {
    this.stalled = false
    this.heardAt = turn
  }

  /** It has taken all that was sent to it. What was sent after its answer may have come too late. */
  get hasTakenAll(): boolean {
    return this.isFlushed && this.messagesSent === this.messagesAsked
  }
}

/** Messages sent to and received from each peer met, as pairs of rank and number, and who has confirmed them. */
export interface Account {
  sent: (readonly [number, number])[]
  received: (readonly [number, number])[]
  confirmed: number[]
}

/** The peers met so far; a job's bookkeeping follows its traffic, not its size. */
export class Peers {
  readonly #known: (Peer | undefined)[] = []
  readonly #transport: Transport
  readonly #windowBytes: number
  readonly #windowSlots: number

  constructor(transport: Transport, windowBytes: number, windowSlots: number) {
    this.#transport = transport
    this.#windowBytes = windowBytes
    this.#windowSlots = windowSlots
  }

  get(rank: number): Peer {
    return this.#known[rank] ?? this.#meet(rank)
  }

  #meet(rank: number): Peer {
    const eagerLimit = Math.min(this.#transport.limits(rank).eagerBytes, this.#windowBytes / 2 - OVERHEAD_BYTES)
    const peer = new Peer(rank, eagerLimit, this.#windowBytes, this.#windowSlots)
    this.#known[rank] = peer
    return peer
  }

  /** What was sent to and received from each, for the account at the end. */
  account(): Account {
    const met = [...this]
    return {
      sent: met.filter(({ messagesSent }) => messagesSent > 0).map((peer) => [peer.rank, peer.messagesSent]),
      received: met.filter((peer) => peer.messagesReceived > 0).map((peer) => [peer.rank, peer.messagesReceived]),
      confirmed: met.filter(({ hasTakenAll }) => hasTakenAll).map(({ rank }) => rank),
    }
  }

  /** Packets sent to and received from each. */
  packets(): (readonly [peer: number, sent: number, received: number])[] {
    return [...this].map(({ rank, sequenceOut, sequenceIn }) => [rank, sequenceOut, sequenceIn])
  }

  /** A number that grows with every packet. */
  get progress(): number {
    let packets = 0
    for (const peer of this) packets += peer.sequenceIn + peer.sequenceOut
    return packets
  }

  *[Symbol.iterator](): IterableIterator<Peer> {
    for (const peer of this.#known) if (peer !== undefined) yield peer
  }
}
