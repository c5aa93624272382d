/**
 * The sending half of point-to-point: which way a send goes, and what waits for credit.
 *
 *   eager       small, and credit is there: header and payload at once; the promise is resolved already
 *   waiting     no credit: queued in call order, nothing overtakes it
 *   announced   large, or waiting for longer than a moment: the envelope goes ahead, the payload follows when the
 *               receiver grants it (rendezvous)
 *   buffered    announced, no grant for a moment: the payload is copied within the budget, the promise resolves
 *   supplied    announced and small, and credit is there again: the payload follows without having been granted
 *
 * So a send waits only when credit is used up and the receiver either is at work on what it has, or does not receive and
 * the budget is used up too.
 */
import { FLAG_SYNCHRONOUS } from '../wire/header.ts'
import type { CallSites } from './call-site.ts'
import type { Link } from './link.ts'
import { OpenSends } from './open-sends.ts'
import type { Outgoing } from './outgoing.ts'
import type { Outstanding } from './outstanding.ts'
import type { Peer } from './peer.ts'
import { RendezvousSender } from './rendezvous-sender.ts'
import { PATIENCE, SendClock } from './send-clock.ts'

export class Sender {
  readonly clock: SendClock
  readonly rendezvous: RendezvousSender
  readonly #link: Link
  readonly #sends: OpenSends
  /** Peers to which sends wait for credit. */
  readonly #blocked = new Set<Peer>()

  constructor(link: Link, outstanding: Outstanding, sites: CallSites, budgetBytes: number) {
    this.#link = link
    this.#sends = new OpenSends(outstanding, budgetBytes)
    this.clock = new SendClock(link.transport, (due) => this.#turn(due))
    this.rendezvous = new RendezvousSender(link, this.#sends, this.clock, sites)
  }

  /** Sends a whole message, if it is small and there is credit and nothing waits before it. */
  eager(
    peer: Peer,
    context: number,
    tag: number,
    type: number,
    bytes: number,
    signature: number,
    body: ArrayBufferView,
  ): boolean {
    if (bytes > peer.eagerLimit || peer.waiting.length > 0 || !peer.window.takeEager(bytes)) return false
    this.#link.eager(peer, context, tag, type, bytes, signature, 0, 0, body)
    return true
  }

  /**
   * Takes an operation that can't leave at once.
   *
   * @param isLasting whether its payload stays as it is; else it is the caller's memory, which is not to be read later
   */
  begin(operation: Outgoing, isLasting: boolean): void {
    const { peer } = operation
    operation.turn = this.clock.turn
    this.#sends.begin(operation, isLasting)
    if (peer.waiting.length > 0 || !this.#start(operation)) {
      peer.waiting.push(operation)
      this.#blocked.add(peer)
    }
    if (operation.settled) return
    this.#sends.watch(operation)
    this.clock.start()
  }

  /** Credit came back. */
  refilled(peer: Peer): void {
    peer.heard(this.clock.turn)
    if (peer.backlog.size > 0 && peer.window.isRoomy) this.rendezvous.supply(peer)
    this.#drain(peer)
  }

  /** Gives up an operation whose timeout or signal fired: withdrawn if it has not left, else only its promise ends. */
  cancel(operation: Outgoing, error: Error): void {
    // It was matched and its payload is being read: a send that has got so far completes.
    if (operation.isMoving) return
    if (operation.peer.waiting.remove(operation)) this.#sends.over(operation)
    else this.#sends.detach(operation)
    operation.reject(error)
  }

  /** Every operation fails. */
  giveUp(error: (operation: Outgoing) => Error): void {
    const peers = [...this.rendezvous].map(({ peer }) => peer)
    for (const peer of new Set([...peers, ...this.#blocked])) this.abandon(peer, error)
  }

  /** The peer will take nothing more: every operation to it fails. */
  abandon(peer: Peer, error: (operation: Outgoing) => Error): void {
    for (const operation of peer.waiting.clear()) {
      this.#sends.over(operation)
      operation.reject(error(operation))
    }
    this.rendezvous.abandon(peer, error)
  }

  /** Operations that are not over, whether or not their promises have resolved. */
  *pending(): IterableIterator<Outgoing> {
    yield* this.rendezvous
    for (const peer of this.#blocked) yield* peer.waiting
  }

  /** Resolves when every operation is over, buffered ones included. */
  drained(): Promise<void> {
    return this.#sends.drained()
  }

  /** Sends or announces an operation. False when there is no credit for it. */
  #start(operation: Outgoing): boolean {
    const { peer, context, tag, type, bytes, signature, body } = operation
    if (bytes > peer.eagerLimit || peer.stalled) return this.rendezvous.announce(operation)
    if (!peer.window.takeEager(bytes)) return false
    if (operation.synchronous) {
      this.rendezvous.number(operation)
      operation.granted = true
      this.#link.eager(peer, context, tag, type, bytes, signature, operation.id, FLAG_SYNCHRONOUS, body)
    } else {
      this.#link.eager(peer, context, tag, type, bytes, signature, 0, 0, body)
      this.#sends.over(operation)
      operation.resolve()
    }
    return true
  }

  #drain(peer: Peer): void {
    const { waiting } = peer
    for (let next = waiting.first; next !== undefined && this.#start(next); next = waiting.first) waiting.shift()
  }

  /** A turn of the clock is over. True while there is something for which it must go on. */
  #turn(due: number): boolean {
    let isOpen = this.#sends.bufferDue(due)
    for (const peer of this.#blocked) {
      const { first } = peer.waiting
      if (first === undefined) this.#blocked.delete(peer)
      else {
        isOpen = true
        // While the receiver takes what it has, its credit comes back: a backlog would only make what follows slower.
        const isSilent = first.turn < due && peer.heardAt < due - PATIENCE
        if (isSilent || first.turn < due - PATIENCE) {
          peer.stalled = true
          this.#drain(peer)
          peer.stalled = isSilent
        }
      }
    }
    return isOpen
  }
}
