/**
 * Point-to-point of one process: every operation starts here and every packet is dispatched here. Ranks are world
 * ranks and contexts are numbers; what they mean is the communicator's business.
 */
import { MpiError } from '../errors.ts'
import type { Body } from '../wire/body.ts'
import { Codec } from '../wire/codec.ts'
import { ANY_SOURCE, type Pattern } from '../wire/envelope.ts'
import { FLAG_FREED, FLAG_IN_PACKETS, Kind, type Header } from '../wire/header.ts'
import { allocate, isRaw } from '../wire/payload.ts'
import type { Board, Receiver, Transport } from '../transport/transport.ts'
import { Arrival } from './arrival.ts'
import { Assembly } from './assembly.ts'
import { CallSites, captureCallSite, describeCallSite, type CallSite } from './call-site.ts'
import { Disagreement } from './disagreement.ts'
import { Glance } from './glance.ts'
import type { Dropped } from './freed-contexts.ts'
import { Inbox } from './inbox.ts'
import { Link } from './link.ts'
import { Outgoing } from './outgoing.ts'
import { checkTaken, flush } from './flush.ts'
import { hopelessError, isHopeless } from './hopeless.ts'
import { Outstanding } from './outstanding.ts'
import { Peers, type Account, type Departure, type Peer } from './peer.ts'
import { PostedProbe, type Posting } from './posted-probe.ts'
import { bytesOf, type PostedReceive } from './posted-receive.ts'
import { endedError } from './refusal.ts'
import type { Scope } from './scope.ts'
import { SelfSends, type SelfSend } from './self-sends.ts'
import { Sender } from './sender.ts'
import { supervise, type Cause, type Limits } from './supervise.ts'
import { queuedText, waitText } from './wait-text.ts'

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
}

/** What a send returns that has left already: it was resolved before anybody could wait for it. */
export const LEFT: Promise<void> = Promise.resolve()

/** An operation that waits. */
export type WaitingOperation = Posting | Outgoing | SelfSend

export class Endpoint implements Receiver {
  readonly rank: number
  readonly size: number
  readonly sites: CallSites = new CallSites()
  readonly disagreement: Disagreement
  readonly #transport: Transport
  readonly #peers: Peers
  readonly #codec = new Codec()
  readonly #link: Link
  readonly #glance = new Glance()
  readonly #outstanding: Outstanding
  readonly #sender: Sender
  readonly #inbox: Inbox
  readonly #onLost: Receiver['lost']
  readonly #selfSends: SelfSends
  #board: Board | undefined = undefined
  #assembly: Assembly | undefined = undefined
  #departed = 0
  #watched = 0

  /** `connect` makes the transport, which delivers to this endpoint. */
  constructor(options: EndpointOptions, connect: (receiver: Receiver) => Transport) {
    this.rank = options.rank
    this.size = options.size
    this.#onLost = options.onLost
    this.#transport = connect(this)
    this.#peers = new Peers(this.#transport, options.windowBytes, options.windowSlots)
    this.#link = new Link(options.rank, options.job, this.#transport)
    this.#outstanding = new Outstanding(this.#transport, this.#glance)
    this.#sender = new Sender(this.#link, this.#outstanding, options.budgetBytes)
    this.#selfSends = new SelfSends(options.rank, this.#outstanding)
    const withdraw = (context: number, call: number): PostedReceive[] => this.#inbox.withdraw(context, call)
    this.disagreement = new Disagreement(this.#link, this.#peers, withdraw, this.#outstanding)
    this.#inbox = new Inbox(this.#link, this.#peers, this.#codec, this.#outstanding, this.#selfSends, this.disagreement)
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
    const { type, bytes, body, isLasting } = this.#codec.encode(value)
    if (destination === this.rank)
      return this.#sendSelf(context, tag, type, bytes, body, signature, synchronous, scope, operation)
    const peer = this.#peers.get(destination)
    if (
      !synchronous &&
      peer.departure === undefined &&
      this.#sender.eager(peer, context, tag, type, bytes, signature, body)
    )
      return LEFT
    const outgoing = new Outgoing({
      peer,
      context,
      tag,
      type,
      bytes,
      signature,
      synchronous,
      scope,
      operation,
      site: site ?? (signature === 0 ? this.sites.capture(operation, destination, tag) : undefined),
      body,
    })
    if (peer.departure !== undefined) {
      outgoing.reject(endedError(outgoing, peer.departure, this.siteOf(outgoing)))
      return outgoing.promise
    }
    this.#sender.begin(outgoing, isLasting)
    if (limits !== undefined && !outgoing.settled)
      outgoing.onSettled(
        supervise(limits, (cause) => {
          this.#sender.cancel(outgoing, waitText(outgoing, cause, queuedText(this.#inbox.unexpected(), outgoing)))
        }),
      )
    return outgoing.promise
  }

  /** Posts a receive; resolves with what it wants. */
  receive(receive: PostedReceive, limits?: Limits): Promise<unknown> {
    const failure = this.disagreement.failure(receive.context, receive.tag)
    if (failure !== undefined) return Promise.reject(failure)
    this.#glance.interrupted()
    if (!this.#outstanding.isAny && limits === undefined && receive.signature === 0) {
      const outcome = this.#glance.isWorthIt ? this.#look(receive) : undefined
      if (outcome !== undefined) return outcome
      this.#glance.posted()
    }
    const promise = receive.promise()
    this.#outstanding.begin()
    if (limits !== undefined) {
      receive.site ??= captureCallSite()
      receive.onSettled(
        supervise(limits, (cause) => {
          this.#transport.poll()
          if (this.#inbox.cancel(receive))
            receive.reject(waitText(receive, cause, queuedText(this.#inbox.unexpected(), receive)))
        }),
      )
    }
    if (this.#inbox.post(receive)) return promise
    // What has arrived is not looked for now: receives that are posted with this one get theirs without a detour.
    // A collective has the line of its call, or one like it.
    if (receive.signature === 0) receive.site ??= this.sites.capture(receive.operation, receive.source, receive.tag)
    if (this.#departed > 0 && isHopeless(receive, this.#peers, this.rank))
      this.#giveUp(receive, () => {
        if (this.#inbox.cancel(receive)) receive.reject(this.#hopelessError(receive))
      })
    return promise
  }

  /** The ranks around their board, opened at the first call; undefined where there is none. */
  assembly(): Assembly | undefined {
    if (this.#board === undefined) {
      this.#board = this.#transport.board?.()
      if (this.#board === undefined) return undefined
      this.#assembly = new Assembly(this.#board, {
        receive: (receive, limits) => this.receive(receive, limits),
        withdraw: (receive) => this.withdraw(receive),
        fulfil: (receive, signature) => this.#inbox.fulfil(receive, signature),
        supervise: this.supervise,
        suspected: (rank, context, call) => this.disagreement.suspected(rank, context, call),
        departure: (rank) => (this.#departed === 0 ? undefined : this.#peers.get(rank).departure),
      })
    }
    return this.#assembly
  }

  /** Watches the limits of what waits for something else than a packet. Returns what stops the watch. */
  readonly supervise = (limits: Limits, fire: (cause: Cause) => void): (() => void) => {
    this.#watched++
    let isOver = false
    const release = (): void => {
      if (isOver) return
      isOver = true
      this.#watched--
      stop()
    }
    const stop = supervise(limits, (cause) => {
      release()
      fire(cause)
    })
    return release
  }

  /** Looks for the message of a receive while nothing else waits: most of what is waited for comes soon. */
  #look(receive: PostedReceive): Promise<unknown> | undefined {
    const { source } = receive
    const inbox = this.#inbox
    if (source === ANY_SOURCE || source === this.rank || inbox.hasUnexpected) return undefined
    const glance = this.#glance
    glance.begin(receive)
    inbox.looking = receive
    this.#outstanding.beginLooking()
    // What is announced, and what is for another receive, is found by those that are posted.
    while (!glance.hasEnded && !inbox.hasUnexpected) if (this.#transport.glance?.(source, glance.looks) !== true) break
    inbox.looking = undefined
    if (!glance.hasEnded) this.#outstanding.lookedInVain()
    return glance.end()
  }

  /** Takes a receive back, whose promise nobody waits for any more. */
  withdraw(receive: PostedReceive): void {
    this.#inbox.cancel(receive)
  }

  /** The earliest message that matches, left in place; undefined when none is here. */
  iprobe(pattern: Pattern): Arrival | undefined {
    this.#transport.poll()
    return this.#inbox.probe(pattern)
  }

  /** Resolves with the earliest message that matches, left in place. */
  probe(pattern: Pattern, scope: Scope, limits?: Limits): Promise<Arrival> {
    const here = this.iprobe(pattern)
    if (here !== undefined) return Promise.resolve(here)
    const probe = new PostedProbe(pattern, scope, this.sites.capture('probe', pattern.source, pattern.tag))
    if (limits !== undefined)
      probe.onSettled(
        supervise(limits, (cause) => {
          this.#transport.poll()
          if (this.#inbox.cancel(probe))
            probe.reject(waitText(probe, cause, queuedText(this.#inbox.unexpected(), probe)))
        }),
      )
    this.#outstanding.begin()
    this.#inbox.postProbe(probe)
    if (this.#departed > 0 && isHopeless(probe, this.#peers, this.rank))
      this.#giveUp(probe, () => {
        if (this.#inbox.cancel(probe)) probe.reject(this.#hopelessError(probe))
      })
    return probe.promise
  }

  /** A copy of a value as a receiver would get it. */
  copy(value: unknown): unknown {
    const { type, bytes, body } = this.#codec.encode(value)
    const held = this.#copyOf(type, bytes, body)
    return isRaw(type) ? held : this.#codec.decode(type, held as Uint8Array)
  }

  /** A promise that rejects, when a message of this call of a collective is here that belongs to another collective. */
  refuted(context: number, call: number, signature: number): Promise<never> | undefined {
    if (!this.#inbox.hasUnexpected) return undefined
    const arrival = this.#inbox.probe({ context, source: ANY_SOURCE, tag: call })
    return arrival === undefined || arrival.signature === signature ? undefined : this.disagreement.refuted(arrival)
  }

  /** A communicator was freed: what waits in its context fails, what nobody received is dropped. */
  forget(context: number, scope: Scope): void {
    this.#inbox.forget(
      context,
      scope.name,
      (receive) =>
        new MpiError('ERR_FREED', `${receive.operation}: ${scope.name} was freed while it waited`, {
          operation: receive.operation,
          communicator: scope.name,
        }),
    )
  }

  packet(header: Header, body: Body): void {
    const peer = this.#peers.get(header.source)
    if (header.sequence !== peer.sequenceIn) {
      const lost = (header.sequence - peer.sequenceIn) | 0
      const what = lost < 0 ? 'one came twice' : lost === 1 ? 'one was lost' : `${lost} were lost`
      this.#broken(peer, `packet ${header.sequence} where ${peer.sequenceIn} was due: ${what}`)
      return
    }
    peer.sequenceIn = (peer.sequenceIn + 1) >>> 0
    if (header.credit !== 0 || header.slots !== 0) {
      if (!peer.window.refill(header.credit, header.slots)) {
        this.#broken(peer, `credit of ${header.credit} bytes and ${header.slots} messages, more than was due`)
        return
      }
      if (peer.waiting.length > 0 || peer.stalled || peer.backlog.size > 0) this.#sender.refilled(peer)
    }
    let problem: string | undefined
    try {
      problem = this.#dispatch(peer, header, body)
    } catch (error) {
      // Whoever called the transport cannot help it: it concerns those who wait for this peer.
      problem = error instanceof Error ? error.message : String(error)
    }
    if (problem !== undefined) this.#broken(peer, problem)
  }

  lost(rank: number, reason: string, isGarbled: boolean): void {
    const peer = this.#peers.get(rank)
    if (peer.departure === undefined) this.#onLost(rank, reason, isGarbled)
  }

  /**
   * A process has left the job: fails what only it could complete. What it sent has arrived, unless it left without
   * saying goodbye.
   */
  departed(rank: number, departure: Departure): void {
    const peer = this.#peers.get(rank)
    if (peer.departure !== undefined) return
    this.#transport.poll()
    peer.departure = departure
    this.#departed++
    peer.flushed?.()
    this.#assembly?.departed(rank)
    this.#transport.drop(rank)
    this.#sender.abandon(peer, (outgoing) => endedError(outgoing, departure, this.siteOf(outgoing)))
    this.#inbox.abandon(
      peer,
      (waiting) => isHopeless(waiting, this.#peers, this.rank),
      (waiting) => this.#hopelessError(waiting, peer),
    )
  }

  /** Messages taken from a process so far. */
  messagesFrom(rank: number): number {
    return this.#peers.get(rank).messagesReceived
  }

  /** Messages and packets that would be lost if this process ended now: sends under way, and what has not left. */
  get unsent(): number {
    let count = 0
    for (const _ of this.#sender.pending()) count++
    for (const peer of this.#peers) count += this.#transport.queued(peer.rank)
    return count
  }

  /** Messages sent to and received from each peer met, and who has confirmed them, for the account at the end. */
  account(): Account {
    return this.#peers.account()
  }

  /** Messages that nobody has received. */
  unexpected(): Iterable<Arrival> {
    return this.#inbox.unexpected()
  }

  /** Messages that came to communicators which were freed here. */
  dropped(): Iterable<Dropped> {
    return this.#inbox.dropped()
  }

  /** Operations that wait for a packet. */
  *waiting(): IterableIterator<WaitingOperation> {
    yield* this.#inbox.waiting()
    for (const outgoing of this.#sender.pending()) if (!outgoing.settled) yield outgoing
    yield* this.#selfSends
  }

  /** Where it was called, or, where that was not noted, one like it: `ring.ts:12, like the one before`. */
  siteOf(waiting: WaitingOperation): string | undefined {
    const { operation, tag, context, site } = waiting
    const collectives = this.disagreement.collectives.get(context)
    if (collectives !== undefined) return describeCallSite(site) ?? collectives.recall(tag)?.site
    return this.sites.describe(site, operation, 'peer' in waiting ? waiting.peer.rank : waiting.source, tag)
  }

  /** Sends whose promises have resolved, and that nobody has received. */
  *buffered(): IterableIterator<Outgoing> {
    for (const outgoing of this.#sender.pending()) if (outgoing.settled) yield outgoing
  }

  /** True while a timeout or a signal may end something that waits. */
  get isLimited(): boolean {
    if (this.#watched > 0) return true
    for (const waiting of this.waiting()) if (waiting.isLimited) return true
    return false
  }

  /** True while an operation waits. */
  get isBusy(): boolean {
    return this.#outstanding.isAny
  }

  /** A number that grows with every packet and with every operation that begins to wait or ends. */
  get progress(): number {
    return this.#peers.progress + this.#outstanding.progress + (this.#board?.progress ?? 0)
  }

  /** Packets sent to and received from each peer met. */
  packets(): (readonly [peer: number, sent: number, received: number])[] {
    return this.#peers.packets()
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

  /** Reads the sender's clock, for `isSettled`. */
  get turn(): number {
    return this.#sender.clock.turn
  }

  /** True when the sender's clock, which read `since` when something last happened, has nothing left to do. */
  isSettled(since: number): boolean {
    return this.#sender.clock.isSettled(since)
  }

  /** Lets what else keeps the process alive show: until it is resumed, nothing is delivered and nothing kept alive. */
  pause(isPaused: boolean): void {
    this.#transport.listen(!isPaused && this.isBusy)
  }

  /** Every operation that waits fails for this reason. */
  giveUp(cause: Cause): void {
    const queued = (waiting: WaitingOperation): string => queuedText(this.#inbox.unexpected(), waiting)
    this.#selfSends.giveUp((send) => waitText(send, cause, queued(send)))
    this.#sender.giveUp((outgoing) => waitText(outgoing, cause, queued(outgoing)))
    this.#inbox.abandon(
      undefined,
      () => true,
      (receive) => waitText(receive, cause, queued(receive)),
    )
    for (const peer of this.#peers) peer.flushed?.()
    this.#assembly?.giveUp()
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
    await this.#assembly?.concluded()
    await this.disagreement.concluded()
    this.#outstanding.end()
    checkTaken(this.#peers)
  }

  async close(): Promise<void> {
    this.#sender.clock.stop()
    this.#transport.listen(false)
    await this.#transport.close()
  }

  #dispatch(peer: Peer, header: Header, body: Body): string | undefined {
    switch (header.kind) {
      case Kind.eager:
        this.#inbox.eager(peer, header, body)
        return undefined
      case Kind.announce:
        this.#inbox.announce(peer, header)
        return undefined
      case Kind.grant:
        return this.#sender.rendezvous.grant(
          peer,
          header.peerId,
          header.id,
          (header.flags & FLAG_IN_PACKETS) !== 0,
          header.offset,
        )
      case Kind.expose:
        return this.#inbox.rendezvous.expose(peer, header)
      case Kind.pushed:
        return this.#inbox.rendezvous.pushed(peer, header)
      case Kind.data:
        return this.#inbox.rendezvous.data(peer, header, body)
      case Kind.done:
        return this.#sender.rendezvous.done(peer, header.peerId)
      case Kind.refuse:
        return this.#sender.rendezvous.refuse(peer, header.peerId, (header.flags & FLAG_FREED) !== 0)
      case Kind.credit:
        return undefined
      case Kind.flush:
        this.#link.signal(peer, Kind.flushed)
        return undefined
      case Kind.flushed:
        peer.isFlushed = true
        peer.flushed?.()
        return undefined
      case Kind.mismatch:
        this.disagreement.packet(peer, header, body)
        return undefined
      default:
        return `packet kind ${header.kind} does not belong here`
    }
  }

  #sendSelf(
    context: number,
    tag: number,
    type: number,
    bytes: number,
    body: ArrayBufferView,
    signature: number,
    synchronous: boolean,
    scope: Scope,
    operation: string,
  ): Promise<void> {
    const held = this.#copyOf(type, bytes, body)
    const { id, matched } = synchronous
      ? this.#selfSends.begin(operation, context, tag, scope)
      : { id: 0, matched: LEFT }
    this.#inbox.self(new Arrival(context, this.rank, tag, type, bytes, signature, id, false, synchronous, held))
    return matched
  }

  #copyOf(type: number, bytes: number, body: ArrayBufferView): unknown {
    if (!isRaw(type)) return bytesOf(body).slice()
    const { value, memory } = allocate(type, bytes)
    memory.set(bytesOf(body))
    return value
  }

  #hopelessError(receive: Posting, partner?: Peer): MpiError {
    return hopelessError(receive, this.#peers, this.#inbox.unexpected(), this.siteOf(receive), partner)
  }

  /** Fails what was posted too late; a wildcard only after this turn, since a message to oneself may follow. */
  #giveUp({ source }: Posting, fail: () => void): void {
    if (source === ANY_SOURCE) setImmediate(fail)
    else fail()
  }

  #broken(peer: Peer, problem: string): void {
    this.#transport.drop(peer.rank)
    this.#onLost(peer.rank, `protocol error: ${problem}`, true)
  }
}
