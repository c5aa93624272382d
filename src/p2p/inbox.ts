/**
 * The receiving half of point-to-point: pairs what arrives with posted receives and probes, keeps what nobody waits for as
 * unexpected, returns credit.
 */
import type { MpiError } from '../errors.ts'
import type { Body } from '../wire/body.ts'
import type { Codec } from '../wire/codec.ts'
import { matches, type Pattern } from '../wire/envelope.ts'
import { FLAG_FREED, FLAG_SYNCHRONOUS, Kind, type Header } from '../wire/header.ts'
import { arrivalOf, keep, type Arrival } from './arrival.ts'
import { Delivery } from './delivery.ts'
import type { Disagreement } from './disagreement.ts'
import { FreedContexts, type Dropped } from './freed-contexts.ts'
import type { Link } from './link.ts'
import { Matching } from './matching.ts'
import type { Outstanding } from './outstanding.ts'
import type { Peer, Peers } from './peer.ts'
import { PostedProbe, type Posting } from './posted-probe.ts'
import type { PostedReceive } from './posted-receive.ts'
import { freedMeanwhileError } from './refusal.ts'
import { RendezvousReceiver } from './rendezvous-receiver.ts'
import type { Scope } from './scope.ts'
import type { SelfSends } from './self-sends.ts'
import type { Statuses } from './statuses.ts'
import type { Cause } from './supervise.ts'
import { queuedText, waitText, type Waiting } from './wait-text.ts'

export class Inbox {
  readonly rendezvous: RendezvousReceiver
  readonly #link: Link
  readonly #peers: Peers
  readonly #outstanding: Outstanding
  readonly #selfSends: SelfSends
  readonly #disagreement: Disagreement
  readonly #delivery: Delivery
  readonly #matching = new Matching<PostedReceive, Arrival>()
  readonly #probes = new Set<PostedProbe>()
  readonly #freed = new FreedContexts()
  /** A receive that is looking for its message, after all those that are posted, and is over when it gets one. */
  looking: PostedReceive | undefined = undefined
  /** True once the script has ended: nobody will post a receive again. */
  #isClosing = false

  constructor(
    link: Link,
    peers: Peers,
    codec: Codec,
    outstanding: Outstanding,
    selfSends: SelfSends,
    disagreement: Disagreement,
    statuses: Statuses,
  ) {
    this.#link = link
    this.#peers = peers
    this.#outstanding = outstanding
    this.#selfSends = selfSends
    this.#disagreement = disagreement
    this.#delivery = new Delivery(codec, outstanding, disagreement, statuses)
    this.rendezvous = new RendezvousReceiver(link, outstanding, this.#delivery)
  }

  /** Posts a receive. True when a message waited for it: it's delivered, or on its way. */
  post(receive: PostedReceive): boolean {
    const arrival = this.#matching.post(receive)
    if (arrival === undefined) return false
    if (arrival.announced) this.rendezvous.grant(this.#peers.get(arrival.source), receive, arrival)
    else {
      this.#acknowledge(arrival)
      this.#delivery.fromMemory(receive, arrival, arrival.held)
    }
    return true
  }

  /** Posts a probe, for which no message is here. */
  postProbe(probe: PostedProbe): void {
    this.#probes.add(probe)
  }

  /** The message that a receive with this pattern would get, which stays. */
  probe(pattern: Pattern): Arrival | undefined {
    return this.#matching.probe(pattern)
  }

  /** Takes back what was posted. False when it has been matched: then it completes. */
  cancel(posting: Posting): boolean {
    const isHere = posting instanceof PostedProbe ? this.#probes.delete(posting) : this.#matching.cancel(posting)
    if (!isHere) return false
    this.#outstanding.end()
    posting.release()
    return true
  }

  /** What a receive waits for has come another way, signed like this. False when the receive is over already. */
  fulfil(receive: PostedReceive, signature: number): boolean {
    if (!this.#matching.cancel(receive)) return false
    this.#delivery.elsewhere(receive, signature)
    return true
  }

  /** A whole message has arrived. */
  eager(peer: Peer, header: Header, body: Body): void {
    peer.messagesReceived++
    const receive = this.#matching.match(header) ?? this.#look(header)
    if (receive === undefined) {
      this.#unexpected(arrivalOf(header, false, keep(header.type, body, header.bytes)))
      return
    }
    if (peer.window.oweEager(header.bytes)) this.#link.signal(peer, Kind.credit)
    if ((header.flags & FLAG_SYNCHRONOUS) !== 0) this.#link.signal(peer, Kind.done, 0, header.id)
    this.#delivery.fromPacket(receive, header, body)
  }

  /** The envelope of a message has arrived; its payload is still with the sender. */
  announce(peer: Peer, header: Header): void {
    peer.messagesReceived++
    const receive = this.#matching.match(header)
    const arrival = arrivalOf(header, true, undefined)
    const isRefused = receive === undefined && this.#isClosing && !this.#freed.has(arrival.context)
    if (!isRefused && !arrival.synchronous) peer.announcements.set(arrival.id, arrival)
    if (receive !== undefined) this.rendezvous.grant(peer, receive, arrival)
    else {
      if (isRefused) this.#link.signal(peer, Kind.refuse, 0, arrival.id)
      this.#unexpected(arrival)
    }
  }

  /** A message from this process to itself, its payload already in memory of its own. */
  self(arrival: Arrival): void {
    const receive = this.#matching.match(arrival)
    if (receive === undefined) this.#unexpected(arrival)
    else {
      if (arrival.synchronous) this.#selfSends.matched(arrival.id)
      this.#delivery.fromMemory(receive, arrival, arrival.held)
    }
  }

  /**
   * What an operation fails with that is given up: it tells what lies here unreceived, too.
   *
   * @param site where it was called, if more is known of that than was noted
   */
  error(waiting: Waiting, cause: Cause, site?: string): MpiError {
    return waitText(waiting, cause, queuedText(this.#matching.unexpected, waiting), site)
  }

  /** Fails all that was posted and is hopeless now, and all transfers from `peer`; undefined: from all. */
  abandon(peer: Peer | undefined, isHopeless: (posting: Posting) => boolean, error: (posting: Posting) => Error): void {
    for (const posting of [...this.#matching.posted, ...this.#probes])
      if (isHopeless(posting) && this.cancel(posting)) posting.reject(error(posting))
    this.rendezvous.abandon(peer, error)
  }

  /** Takes back the receives that wait in this call of a collective, or in later ones. */
  withdraw(context: number, call: number): PostedReceive[] {
    const receives = [...this.#matching.posted].filter((receive) => receive.context === context && receive.tag >= call)
    return receives.filter((receive) => this.cancel(receive))
  }

  /** Empties a context for good: receives and probes fail, messages are dropped and senders that wait are told. */
  forget(context: number, scope: Scope): void {
    const { posted, unexpected } = this.#matching.forget(context)
    for (const receive of posted) {
      this.#outstanding.end()
      receive.release()
      receive.reject(freedMeanwhileError(receive, scope))
    }
    for (const probe of [...this.#probes])
      if (probe.context === context && this.cancel(probe)) probe.reject(freedMeanwhileError(probe, scope))
    this.#freed.add(context, scope.name)
    for (const arrival of unexpected) this.#drop(arrival)
  }

  /** The script has ended: tells the senders of announced messages that nobody will receive them. */
  refuseAll(): void {
    this.#isClosing = true
    for (const { announced, source, id } of this.#matching.unexpected) {
      if (!announced) continue
      const peer = this.#peers.get(source)
      peer.announcements.delete(id)
      this.#link.signal(peer, Kind.refuse, 0, id)
    }
  }

  get hasUnexpected(): boolean {
    return this.#matching.unexpected.size > 0
  }

  /** Messages that nobody has asked for, in the order of arrival. */
  unexpected(): Iterable<Arrival> {
    return this.#matching.unexpected
  }

  /** Receives that wait for a message or for its payload, and probes. */
  *waiting(): IterableIterator<Posting> {
    yield* this.#matching.posted
    yield* this.#probes
    yield* this.rendezvous.waiting()
  }

  /** What was dropped because its communicator had been freed. */
  dropped(): Iterable<Dropped> {
    return this.#freed.dropped()
  }

  #look(header: Header): PostedReceive | undefined {
    const { looking } = this
    if (looking === undefined || !matches(looking, header)) return undefined
    this.looking = undefined
    return looking
  }

  #unexpected(arrival: Arrival): void {
    if (this.#freed.has(arrival.context)) {
      this.#drop(arrival)
      return
    }
    this.#matching.queue(arrival)
    if (arrival.signature !== 0) this.#disagreement.arrived(arrival)
    for (const probe of this.#probes) if (matches(probe, arrival) && this.cancel(probe)) probe.found(arrival)
  }

  /** An eager message has left the unexpected queue: returns its credit, tells a synchronous sender. */
  #acknowledge({ source, bytes, id, synchronous }: Arrival): void {
    if (source === this.#link.rank) {
      if (synchronous) this.#selfSends.matched(id)
      return
    }
    const peer = this.#peers.get(source)
    if (peer.window.oweEager(bytes)) this.#link.signal(peer, Kind.credit)
    if (synchronous) this.#link.signal(peer, Kind.done, 0, id)
  }

  /** Nobody will receive it: gives its credit back and tells a sender that waits. */
  #drop(arrival: Arrival): void {
    const { source, bytes, id, announced, synchronous, signature } = arrival
    // What is left of a collective was never the program's.
    if (signature === 0) this.#freed.count(arrival)
    if (source === this.#link.rank) {
      if (synchronous) this.#selfSends.dropped(id)
      return
    }
    const peer = this.#peers.get(source)
    peer.announcements.delete(id)
    if (announced) peer.window.oweAnnouncement()
    else if (peer.window.oweEager(bytes)) this.#link.signal(peer, Kind.credit)
    if (announced || synchronous) this.#link.signal(peer, Kind.refuse, 0, id, 0, FLAG_FREED)
  }
}
