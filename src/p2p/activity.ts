/**
 * What this rank waits for, what moves, and what lies here that nobody has received: for those who look for a deadlock, and for
 * the account at the end.
 */
import type { Transport } from '../transport/transport.ts'
import type { Arrival } from './arrival.ts'
import type { AssemblyFloor } from './assembly-floor.ts'
import type { Dropped } from './freed-contexts.ts'
import type { Inbox } from './inbox.ts'
import type { Outgoing } from './outgoing.ts'
import type { Outstanding } from './outstanding.ts'
import type { Account, Peers } from './peer.ts'
import type { Posting } from './posted-probe.ts'
import type { SelfSend, SelfSends } from './self-sends.ts'
import type { Sender } from './sender.ts'
import type { Supervision } from './supervise.ts'

/** An operation that waits. */
export type WaitingOperation = Posting | Outgoing | SelfSend

export class Activity {
  readonly #transport: Transport
  readonly #peers: Peers
  readonly #outstanding: Outstanding
  readonly #supervision: Supervision
  readonly #sender: Sender
  readonly #selfSends: SelfSends
  readonly #inbox: Inbox
  readonly #floor: AssemblyFloor

  constructor(
    transport: Transport,
    peers: Peers,
    outstanding: Outstanding,
    supervision: Supervision,
    sender: Sender,
    selfSends: SelfSends,
    inbox: Inbox,
    floor: AssemblyFloor,
  ) {
    this.#transport = transport
    this.#peers = peers
    this.#outstanding = outstanding
    this.#supervision = supervision
    this.#sender = sender
    this.#selfSends = selfSends
    this.#inbox = inbox
    this.#floor = floor
  }

  /** True while an operation waits. */
  get isBusy(): boolean {
    return this.#outstanding.isAny
  }

  /** True while a timeout or a signal may end something that waits. */
  get isLimited(): boolean {
    return this.#supervision.isAny
  }

  /** Operations that wait for a packet. */
  *waiting(): IterableIterator<WaitingOperation> {
    yield* this.#inbox.waiting()
    for (const outgoing of this.#sender.pending()) if (!outgoing.settled) yield outgoing
    for (const send of this.#selfSends) yield send
  }

  /** Sends whose promises have resolved, and that nobody has received. */
  *buffered(): IterableIterator<Outgoing> {
    for (const outgoing of this.#sender.pending()) if (outgoing.settled) yield outgoing
  }

  /** Messages that nobody has received. */
  unexpected(): Iterable<Arrival> {
    return this.#inbox.unexpected()
  }

  /** Messages that came to communicators which were freed here. */
  dropped(): Iterable<Dropped> {
    return this.#inbox.dropped()
  }

  /** Messages and packets that would be lost if this process ended now: sends under way, and what has not left. */
  get unsent(): number {
    let count = 0
    for (const _ of this.#sender.pending()) count++
    for (const peer of this.#peers) count += this.#transport.queued(peer.rank)
    return count
  }

  /** Messages taken from a process so far. */
  messagesFrom(rank: number): number {
    return this.#peers.get(rank).messagesReceived
  }

  /** Messages sent to and received from each peer met, and who has confirmed them, for the account at the end. */
  account(): Account {
    return this.#peers.account()
  }

  /** A number that grows with every packet and with every operation that begins to wait or ends. */
  get progress(): number {
    return this.#peers.progress + this.#outstanding.progress + this.#floor.progress
  }

  /** Packets sent to and received from each peer met. */
  packets(): (readonly [peer: number, sent: number, received: number])[] {
    return this.#peers.packets()
  }

  /** Reads the sender's clock, for `isSettled`. */
  get turn(): number {
    return this.#sender.clock.turn
  }

  /** True when the sender's clock, which read `since` when something last happened, has nothing left to do. */
  isSettled(since: number): boolean {
    return this.#sender.clock.isSettled(since)
  }
}
