/**
 * Point-to-point of one process: every operation starts here and every packet is dispatched here. Ranks are world
 * ranks and contexts are numbers; what they mean is the communicator's business.
 */
import type { Receiver, Transport } from '../transport/transport.ts'
import { bodyOf, type Body } from '../wire/body.ts'
import { Codec } from '../wire/codec.ts'
import { ANY_SOURCE, type Pattern } from '../wire/envelope.ts'
import { Kind, type Header } from '../wire/header.ts'
import { partsOf } from '../wire/parts.ts'
import { Activity } from './activity.ts'
import { Arrival, keep } from './arrival.ts'
import { AssemblyFloor } from './assembly-floor.ts'
import type { Assembly } from './assembly.ts'
import { CallSites, type CallSite } from './call-site.ts'
import { Departures } from './departures.ts'
import { Disagreement } from './disagreement.ts'
import { Dispatch } from './dispatch.ts'
import { checkTaken, flush } from './flush.ts'
import { Glance } from './glance.ts'
import { Inbox } from './inbox.ts'
import { Link } from './link.ts'
import { Outgoing } from './outgoing.ts'
import { Outstanding } from './outstanding.ts'
import { Peers, type Departure } from './peer.ts'
import type { PostedReceive } from './posted-receive.ts'
import { Receives } from './receives.ts'
import { endedError } from './refusal.ts'
import type { Scope } from './scope.ts'
import { SelfSends } from './self-sends.ts'
import { Sender } from './sender.ts'
import { Statuses } from './statuses.ts'
import { Supervision, type Cause, type Limits, type Supervise } from './supervise.ts'

export interface EndpointOptions {
  readonly rank: number
  readonly size: number
  readonly job: number
  /** Eager bytes and messages that one peer may have under way to this rank. The same on every rank. */
  readonly windowBytes: number
  readonly windowSlots: number
  /** Bytes of sends that may be buffered here when their receivers do not receive. */
  readonly budgetBytes: number
  /** The connection to `peer` broke or it spoke nonsense. */
  readonly onLost: Receiver['lost']
  /** No operation waits any more. */
  readonly onIdle?: () => void
}

/** What a send returns that has left already: it was resolved before anybody could wait for it. */
export const LEFT: Promise<void> = Promise.resolve()

export class Endpoint implements Receiver {
  readonly rank: number
  readonly size: number
  readonly sites: CallSites
  readonly disagreement: Disagreement
  /** Values as bytes. */
  readonly codec = new Codec()
  /** What waits, moves and lies here. */
  readonly activity: Activity
  /** Watches the limits of what waits for something else than a packet. */
  readonly supervise: Supervise
  readonly #transport: Transport
  readonly #peers: Peers
  readonly #link: Link
  readonly #glance: Glance
  readonly #outstanding: Outstanding
  readonly #departures: Departures
  readonly #sender: Sender
  readonly #selfSends: SelfSends
  readonly #inbox: Inbox
  readonly #receives: Receives
  readonly #floor: AssemblyFloor
  readonly #dispatch: Dispatch

  /** `connect` makes the transport, which delivers to this endpoint. */
  constructor(options: EndpointOptions, connect: (receiver: Receiver) => Transport) {
    const { rank, size, job, windowBytes, windowSlots, budgetBytes, onLost, onIdle } = options
    const transport = connect(this)
    const link = new Link(rank, job, transport)
    const peers = new Peers(transport, windowBytes, windowSlots)
    const statuses = new Statuses()
    const glance = new Glance(statuses)
    const outstanding = new Outstanding(transport, glance, onIdle)
    const departures = new Departures(peers, rank)
    const supervision = new Supervision()
    const selfSends = new SelfSends(rank, outstanding)
    const withdraw = (context: number, call: number): PostedReceive[] => this.#inbox.withdraw(context, call)
    const disagreement = new Disagreement(link, peers, withdraw, outstanding)
    const sites = new CallSites(disagreement.collectives)
    const sender = new Sender(link, outstanding, sites, budgetBytes)
    const inbox = new Inbox(link, peers, this.codec, outstanding, selfSends, disagreement, statuses)
    const receives = new Receives(link, inbox, glance, outstanding, departures, disagreement, supervision, sites)
    const floor = new AssemblyFloor(transport, receives, inbox, departures, disagreement, supervision, sites)
    this.rank = rank
    this.size = size
    this.sites = sites
    this.disagreement = disagreement
    this.activity = new Activity(transport, peers, outstanding, supervision, sender, selfSends, inbox, floor)
    this.supervise = supervision.supervise
    this.#transport = transport
    this.#link = link
    this.#peers = peers
    this.#glance = glance
    this.#outstanding = outstanding
    this.#departures = departures
    this.#sender = sender
    this.#selfSends = selfSends
    this.#inbox = inbox
    this.#receives = receives
    this.#floor = floor
    this.#dispatch = new Dispatch(link, peers, sender, inbox, disagreement, onLost)
  }

  /** Sends any value to a process. See `Sender` for when the promise resolves. */
  send(
    destination: number,
    context: number,
    tag: number,
    value: unknown,
    signature: number,
    synchronous: boolean,
    scope: Scope,
    operation: string,
    limits?: Limits,
    site?: CallSite,
  ): Promise<void> {
    this.#glance.interrupted()
    if (destination === this.rank) return this.#sendSelf(context, tag, value, signature, synchronous, scope, operation)
    const peer = this.#peers.get(destination)
    const { type, bytes, body, rest, isLasting } = this.codec.encode(value, peer.eagerLimit)
    if (
      !synchronous &&
      peer.departure === undefined &&
      this.#sender.eager(peer, context, tag, type, bytes, signature, body)
    )
      return LEFT
    site ??= signature === 0 ? this.sites.capture(operation, destination, tag) : undefined
    const fields = { peer, context, tag, type, bytes, signature, synchronous, scope, operation, site, body, rest }
    const outgoing = new Outgoing(fields)
    if (peer.departure !== undefined) {
      outgoing.reject(endedError(outgoing, peer.departure, this.sites.of(outgoing)))
      return outgoing.promise
    }
    const { end } = this.#departures
    if (end !== undefined) {
      outgoing.reject(this.#inbox.error(outgoing, end))
      return outgoing.promise
    }
    this.#sender.begin(outgoing, isLasting)
    if (limits !== undefined && !outgoing.settled)
      outgoing.onSettled(
        this.supervise(limits, (cause) => this.#sender.cancel(outgoing, this.#inbox.error(outgoing, cause))),
      )
    return outgoing.promise
  }

  /** Starts a receive; resolves with what it wants. */
  receive(receive: PostedReceive, limits?: Limits): Promise<unknown> {
    return this.#receives.begin(receive, limits)
  }

  /** Takes a receive back, whose promise nobody waits for any more. */
  withdraw(receive: PostedReceive): void {
    this.#receives.withdraw(receive)
  }

  /** The earliest message that matches, left in place; undefined when none is here. */
  iprobe(pattern: Pattern): Arrival | undefined {
    return this.#receives.iprobe(pattern)
  }

  /** Resolves with the earliest message that matches, left in place. */
  probe(pattern: Pattern, scope: Scope, limits?: Limits): Promise<Arrival> {
    return this.#receives.probe(pattern, scope, limits)
  }

  /** The ranks around their board, opened at the first call; undefined where there is none. */
  assembly(): Assembly | undefined {
    return this.#floor.open()
  }

  /** A promise that rejects, when a message of this call of a collective is here that belongs to another collective. */
  refuted(context: number, call: number, signature: number): Promise<never> | undefined {
    if (!this.#inbox.hasUnexpected) return undefined
    const arrival = this.#inbox.probe({ context, source: ANY_SOURCE, tag: call })
    return arrival === undefined || arrival.signature === signature ? undefined : this.disagreement.refuted(arrival)
  }

  /** A communicator was freed: what waits in its context fails, what nobody received is dropped. */
  forget(context: number, scope: Scope): void {
    this.#inbox.forget(context, scope)
  }

  packet(header: Header, body: Body): void {
    this.#dispatch.packet(header, body)
  }

  lost(rank: number, reason: string, isGarbled: boolean): void {
    this.#dispatch.lost(rank, reason, isGarbled)
  }

  /**
   * A process has left the job: fails what only it could complete. What it sent has arrived, unless it left without
   * saying goodbye.
   */
  departed(rank: number, departure: Departure): void {
    const peer = this.#peers.get(rank)
    if (peer.departure === undefined) this.#transport.poll()
    if (!this.#departures.add(peer, departure)) return
    peer.flushed?.()
    this.#floor.assembly?.departed(rank)
    this.#transport.drop(rank)
    this.#sender.abandon(peer, (outgoing) => endedError(outgoing, departure, this.sites.of(outgoing)))
    this.#inbox.abandon(
      peer,
      (posting) => this.#departures.isHopeless(posting),
      (posting) => this.#inbox.error(posting, this.#departures.cause(posting, peer), this.sites.of(posting)),
    )
  }

  /** Takes what has arrived, although nothing says so yet. */
  look(): void {
    this.#transport.poll()
  }

  /** Sends a packet that holds nothing. */
  nudge(rank: number): void {
    const peer = this.#peers.get(rank)
    if (peer.departure === undefined) this.#link.signal(peer, Kind.credit)
  }

  /** Lets what else keeps the process alive show: until it is resumed, nothing is delivered and nothing kept alive. */
  pause(isPaused: boolean): void {
    this.#transport.listen(!isPaused && this.#outstanding.isAny)
  }

  /** Every operation that waits fails for this reason, and every one that begins afterwards. */
  giveUp(cause: Cause): void {
    this.#departures.giveUp(cause)
    this.#selfSends.giveUp((send) => this.#inbox.error(send, cause))
    this.#sender.giveUp((outgoing) => this.#inbox.error(outgoing, cause))
    this.#inbox.abandon(
      undefined,
      () => true,
      (posting) => this.#inbox.error(posting, cause),
    )
    for (const peer of this.#peers) peer.flushed?.()
    this.#floor.assembly?.giveUp()
  }

  /**
   * Ends communication: refuses what will never be received, waits until every send has been completed, and until
   * every peer has taken all that was sent to it or has left. Then the transport may be closed. Rejects, at the end of
   * all this, with `ERR_RANK_FAILED` when a peer has failed before it had taken all.
   */
  async finish(): Promise<void> {
    this.#transport.poll()
    this.#inbox.refuseAll()
    this.#outstanding.begin()
    await this.#sender.drained()
    await flush(this.#peers, this.#link)
    await this.#floor.assembly?.concluded()
    await this.disagreement.concluded()
    this.#outstanding.end()
    checkTaken(this.#peers)
  }

  async close(): Promise<void> {
    this.#sender.clock.stop()
    this.#transport.listen(false)
    await this.#transport.close()
  }

  #sendSelf(
    context: number,
    tag: number,
    value: unknown,
    signature: number,
    synchronous: boolean,
    scope: Scope,
    operation: string,
  ): Promise<void> {
    const { type, bytes, body, rest } = this.codec.encode(value, 0)
    const held = rest.length === 0 ? keep(type, bodyOf(body), bytes) : partsOf(bytes, [body, ...rest])
    const { id, matched } = synchronous
      ? this.#selfSends.begin(operation, context, tag, scope)
      : { id: 0, matched: LEFT }
    this.#inbox.self(new Arrival(context, this.rank, tag, type, bytes, signature, id, false, synchronous, held))
    return matched
  }
}
