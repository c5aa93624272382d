/**
 * The receiving half of point-to-point: pairs arrivals with posted receives, returns credit, moves the payload of
 * announced messages into place (rendezvous), and gives each receive what it wants.
 */
import { MpiError, type MpiErrorCode } from '../errors.ts'
import type { Body } from '../wire/body.ts'
import type { Codec } from '../wire/codec.ts'
import { matches, type Pattern } from '../wire/envelope.ts'
import { FLAG_FREED, FLAG_IN_PACKETS, FLAG_SYNCHRONOUS, Kind, type Header } from '../wire/header.ts'
import { byteLengthOf, type TypedArray } from '../wire/element-type.ts'
import { fill, isRaw, rawCodeOf, take, typeNameOf } from '../wire/payload.ts'
import { Arrival } from './arrival.ts'
import type { Link } from './link.ts'
import { Matching } from './matching.ts'
import type { Outstanding } from './outstanding.ts'
import type { Peer, Peers } from './peer.ts'
import { accepts, bytesOf, type PostedProbe, type PostedReceive } from './posted-receive.ts'
import { statusOf } from './status.ts'
import { halfOf, Transfer } from './transfer.ts'

/** Whom an inbox tells what. */
export interface InboxEvents {
  /** A synchronous message to oneself was matched. */
  selfMatched(id: number): void
  /** A synchronous message to oneself will never be matched: its communicator was freed. */
  selfDropped(id: number): void
  /** A receive of a collective got a message of another collective; it is not over. */
  mismatched(receive: PostedReceive, source: number): void
  /** A message of a collective came for which no receive waits. */
  unexpected(arrival: Arrival): void
}

/** Messages that came to a communicator that was freed here. */
export interface Dropped {
  /** What that was called. */
  readonly communicator: string
  readonly source: number
  readonly tag: number
  messages: number
}

/** Freed contexts that are remembered: more than messages can be under way to. */
const FREED_KEPT = 8192
/** Kinds of dropped messages that are counted apart. */
const DROPPED_KEPT = 256

export class Inbox {
  readonly #link: Link
  readonly #peers: Peers
  readonly #codec: Codec
  readonly #outstanding: Outstanding
  readonly #events: InboxEvents
  readonly #matching = new Matching<PostedReceive, Arrival>()
  readonly #probes = new Set<PostedProbe>()
  /** Announced messages that were matched and whose payload is on its way, by number. */
  readonly #transfers = new Map<number, Transfer>()
  /** Freed contexts and what their communicators were called. */
  readonly #freed = new Map<number, string>()
  readonly #dropped = new Map<string, Dropped>()
  /** Memory of transfers given up, into which a peer may still write: never freed. */
  readonly #lent: Uint8Array[] = []
  /** A receive that is looking for its message, after all those that are posted, and is over when it gets one. */
  looking: PostedReceive | undefined = undefined
  #nextId = 1
  /** True once the script has ended: nobody will post a receive again. */
  closing = false

  constructor(link: Link, peers: Peers, codec: Codec, outstanding: Outstanding, events: InboxEvents) {
    this.#link = link
    this.#peers = peers
    this.#codec = codec
    this.#outstanding = outstanding
    this.#events = events
  }

  /** Posts a receive. True when a message waited for it: it's delivered, or on its way. */
  post(receive: PostedReceive): boolean {
    const arrival = this.#matching.post(receive)
    if (arrival === undefined) return false
    if (arrival.announced) this.#grant(receive, arrival)
    else {
      this.#acknowledge(arrival)
      this.#hand(receive, arrival, arrival.held)
    }
    return true
  }

  /** Takes a receive back. False when it has been matched: then it completes. */
  cancel(receive: PostedReceive): boolean {
    if (!this.#matching.cancel(receive)) return false
    this.#outstanding.end()
    return true
  }

  /** What a receive waits for has come another way, signed like this. False when the receive is over already. */
  fulfil(receive: PostedReceive, signature: number): boolean {
    if (!this.#matching.cancel(receive)) return false
    receive.release()
    if (receive.signature === signature) {
      this.#outstanding.end()
      receive.resolve(undefined)
    } else this.#events.mismatched(receive, receive.source)
    return true
  }

  probe(pattern: Pattern): Arrival | undefined {
    return this.#matching.probe(pattern)
  }

  postProbe(probe: PostedProbe): void {
    this.#probes.add(probe)
  }

  cancelProbe(probe: PostedProbe): boolean {
    if (!this.#probes.delete(probe)) return false
    this.#outstanding.end()
    return true
  }

  /** A whole message has arrived. */
  eager(peer: Peer, header: Header, body: Body): void {
    peer.messagesReceived++
    const receive = this.#matching.match(header) ?? this.#look(header)
    const { type, bytes } = header
    if (receive === undefined) {
      const held = isRaw(type) ? take(type, body, bytes) : body.bytes.slice(body.offset, body.offset + bytes)
      this.#unexpected(arrivalOf(header, false, held))
      return
    }
    const { source, tag, signature } = header
    const synchronousId = (header.flags & FLAG_SYNCHRONOUS) === 0 ? 0 : header.id
    if (peer.window.oweEager(bytes)) this.#link.signal(peer, Kind.credit)
    if (synchronousId !== 0) this.#link.signal(peer, Kind.done, 0, synchronousId)
    receive.release()
    if (receive.signature !== signature) {
      this.#events.mismatched(receive, source)
      return
    }
    this.#outstanding.end()
    if (receive.target !== undefined) this.#fill(receive, receive.target, source, tag, type, bytes, body)
    else {
      let value: unknown
      try {
        value = isRaw(type)
          ? take(type, body, bytes)
          : this.#codec.decode(type, body.bytes, body.offset, bytes, body.memory)
      } catch (error) {
        receive.reject(error)
        return
      }
      if (receive.wanted === 'value') receive.resolve(value)
      else receive.resolve({ ...statusOf(receive.scope, source, tag, type, bytes), value })
    }
  }

  /** The envelope of a message has arrived; its payload is still with the sender. */
  announce(peer: Peer, header: Header): void {
    peer.messagesReceived++
    const receive = this.#matching.match(header)
    const arrival = arrivalOf(header, true, undefined)
    const isRefused = receive === undefined && this.closing && !this.#freed.has(arrival.context)
    if (!isRefused && !arrival.synchronous) peer.announcements.set(arrival.id, arrival)
    if (receive !== undefined) this.#grant(receive, arrival)
    else {
      if (isRefused) this.#link.signal(peer, Kind.refuse, 0, arrival.id)
      this.#unexpected(arrival)
    }
  }

  /** The payload of an announced message, which nobody has asked for: there is credit for it. */
  #supplied(peer: Peer, { id, offset, bytes }: Header, body: Body): string | undefined {
    const arrival = peer.announcements.get(id)
    if (arrival !== undefined && (offset !== 0 || bytes !== arrival.bytes))
      return `${bytes} bytes at ${offset} where ${arrival.bytes} bytes were announced`
    if (arrival === undefined || arrival.transfer !== undefined) {
      // It was refused meanwhile, or was asked for.
      if (peer.window.owePayload(bytes)) this.#link.signal(peer, Kind.credit)
      const transfer = arrival?.transfer
      if (transfer === undefined) return undefined
      transfer.isShared = false
      const problem = transfer.add(0, bytes, body)
      if (problem === undefined) this.#complete(transfer)
      return problem
    }
    peer.announcements.delete(id)
    arrival.announced = false
    arrival.held = isRaw(arrival.type)
      ? take(arrival.type, body, bytes)
      : body.bytes.slice(body.offset, body.offset + bytes)
    this.#link.signal(peer, Kind.done, 0, id)
    return undefined
  }

  /** A piece of an announced message's payload. Returns what is wrong with it, if anything is. */
  data(peer: Peer, header: Header, body: Body): string | undefined {
    peer.messagesReceived++
    if (header.peerId === 0) return this.#supplied(peer, header, body)
    const transfer = this.#transfers.get(header.peerId)
    if (transfer === undefined || transfer.peer !== peer) return `data for unknown operation ${header.peerId}`
    const problem = transfer.add(header.offset, header.bytes, body)
    if (problem === undefined && transfer.isComplete) this.#complete(transfer)
    return problem
  }

  /** The sender's memory can be read directly. */
  expose(peer: Peer, header: Header): string | undefined {
    const transfer = this.#transfers.get(header.peerId)
    if (transfer === undefined || transfer.peer !== peer) return `exposed memory for unknown operation ${header.peerId}`
    transfer.exposed = header.offset
    this.#pull(transfer, 0, transfer.isShared ? halfOf(transfer.arrival.bytes) : transfer.arrival.bytes)
    return undefined
  }

  /** The sender has written the second half, or could not: then `offset` is the payload's length. */
  pushed(peer: Peer, header: Header): string | undefined {
    const transfer = this.#transfers.get(header.peerId)
    if (transfer === undefined || transfer.peer !== peer || !transfer.isShared)
      return `memory written for unknown operation ${header.peerId}`
    transfer.isShared = false
    // What could not be read is on its way in packets.
    if (transfer.exposed === 0) return undefined
    const { bytes } = transfer.arrival
    if (header.offset < bytes) this.#moved(transfer, bytes - halfOf(bytes))
    else this.#pull(transfer, halfOf(bytes), bytes)
    return undefined
  }

  /** A message from this process to itself, its payload already in memory of its own. */
  self(arrival: Arrival): void {
    const receive = this.#matching.match(arrival)
    if (receive === undefined) this.#unexpected(arrival)
    else {
      if (arrival.synchronous) this.#events.selfMatched(arrival.id)
      this.#hand(receive, arrival, arrival.held)
    }
  }

  /** Fails every receive and probe that is hopeless now, and all transfers from `peer`; undefined: from all. */
  abandon(
    peer: Peer | undefined,
    isHopeless: (waiting: PostedReceive | PostedProbe) => boolean,
    error: (receive: PostedReceive | PostedProbe) => Error,
  ): void {
    for (const receive of [...this.#matching.posted])
      if (isHopeless(receive) && this.cancel(receive)) this.#reject(receive, error(receive))
    for (const probe of [...this.#probes]) if (isHopeless(probe) && this.cancelProbe(probe)) probe.reject(error(probe))
    for (const transfer of [...this.#transfers.values()]) {
      if (peer !== undefined && transfer.peer !== peer) continue
      this.#transfers.delete(transfer.id)
      transfer.peer.announcements.delete(transfer.arrival.id)
      if (transfer.isShared) this.#lent.push(transfer.memory())
      this.#outstanding.end()
      this.#reject(transfer.receive, error(transfer.receive))
    }
  }

  /** Takes back the receives that wait in this call of a collective, or in later ones. */
  withdraw(context: number, tag: number): PostedReceive[] {
    const receives = [...this.#matching.posted].filter((receive) => receive.context === context && receive.tag >= tag)
    return receives.filter((receive) => this.cancel(receive))
  }

  /** Empties a context for good: receives and probes fail, messages are dropped and senders that wait are told. */
  forget(context: number, communicator: string, error: (receive: PostedReceive | PostedProbe) => Error): void {
    const { posted, unexpected } = this.#matching.forget(context)
    for (const receive of posted) {
      this.#outstanding.end()
      this.#reject(receive, error(receive))
    }
    for (const probe of [...this.#probes])
      if (probe.context === context && this.cancelProbe(probe)) probe.reject(error(probe))
    this.#freed.set(context, communicator)
    const [oldest = context] = this.#freed.keys()
    if (this.#freed.size > FREED_KEPT) this.#freed.delete(oldest)
    for (const arrival of unexpected) this.#drop(arrival)
  }

  /** The script has ended: tells the senders of announced messages that nobody will receive them. */
  refuseAll(): void {
    this.closing = true
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

  /** Receives that wait for a message or for its payload, and probes. */
  *waiting(): IterableIterator<PostedReceive | PostedProbe> {
    yield* this.#matching.posted
    yield* this.#probes
    for (const transfer of this.#transfers.values()) yield transfer.receive
  }

  unexpected(): Iterable<Arrival> {
    return this.#matching.unexpected
  }

  /** What was dropped because its communicator had been freed. */
  dropped(): Iterable<Dropped> {
    return this.#dropped.values()
  }

  /** An eager message has left the unexpected queue: returns its credit, tells a synchronous sender. */
  #acknowledge(arrival: Arrival): void {
    if (arrival.source === this.#link.rank) {
      if (arrival.synchronous) this.#events.selfMatched(arrival.id)
      return
    }
    const peer = this.#peers.get(arrival.source)
    if (peer.window.oweEager(arrival.bytes)) this.#link.signal(peer, Kind.credit)
    if (arrival.synchronous) this.#link.signal(peer, Kind.done, 0, arrival.id)
  }

  /** Nobody will receive it: gives its credit back and tells a sender that waits. */
  #drop(arrival: Arrival): void {
    const { context, source, tag, bytes, id, announced, synchronous, signature } = arrival
    const key = `${context} ${source} ${tag}`
    const known = this.#dropped.get(key)
    if (known !== undefined) known.messages++
    else if (signature === 0 && this.#dropped.size < DROPPED_KEPT)
      this.#dropped.set(key, { communicator: this.#freed.get(context) ?? '', source, tag, messages: 1 })
    if (source === this.#link.rank) {
      if (synchronous) this.#events.selfDropped(id)
      return
    }
    const peer = this.#peers.get(source)
    peer.announcements.delete(id)
    if (announced) peer.window.oweAnnouncement()
    else if (peer.window.oweEager(bytes)) this.#link.signal(peer, Kind.credit)
    if (announced || synchronous) this.#link.signal(peer, Kind.refuse, 0, id, 0, FLAG_FREED)
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
    if (arrival.signature !== 0) this.#events.unexpected(arrival)
    for (const probe of this.#probes) {
      if (!matches(probe, arrival)) continue
      this.#probes.delete(probe)
      this.#outstanding.end()
      probe.found(arrival)
    }
  }

  /** Asks the sender of a matched message for its payload. */
  #grant(receive: PostedReceive, arrival: Arrival): void {
    const peer = this.#peers.get(arrival.source)
    receive.release()
    peer.window.oweAnnouncement()
    do this.#nextId = this.#nextId === 0xffff_ffff ? 1 : this.#nextId + 1
    while (this.#transfers.has(this.#nextId))
    const transfer = new Transfer(this.#nextId, peer, receive, arrival)
    this.#transfers.set(transfer.id, transfer)
    arrival.transfer = transfer
    const invitation = this.#link.transport.invite(peer.rank, arrival.bytes, () => transfer.memory())
    transfer.isShared = invitation !== undefined
    this.#link.signal(peer, Kind.grant, transfer.id, arrival.id, invitation)
    if (arrival.bytes === 0) this.#complete(transfer)
  }

  /** Reads a part of the payload out of the sender's memory, or asks for all of it in packets. */
  #pull(transfer: Transfer, start: number, end: number): void {
    const { peer, exposed, arrival, id } = transfer
    if (this.#link.transport.pull(peer.rank, exposed + start, transfer.memory().subarray(start, end)))
      this.#moved(transfer, end - start)
    else {
      transfer.exposed = 0
      transfer.received = 0
      this.#link.signal(peer, Kind.grant, id, arrival.id, 0, FLAG_IN_PACKETS)
    }
  }

  #moved(transfer: Transfer, bytes: number): void {
    transfer.received += bytes
    if (transfer.isComplete) this.#complete(transfer)
  }

  #complete(transfer: Transfer): void {
    this.#transfers.delete(transfer.id)
    transfer.peer.announcements.delete(transfer.arrival.id)
    this.#link.signal(transfer.peer, Kind.done, 0, transfer.arrival.id)
    if (transfer.isDirect) {
      const { receive, arrival } = transfer
      if (receive.signature !== arrival.signature) {
        this.#events.mismatched(receive, arrival.source)
        return
      }
      this.#outstanding.end()
      resolveFilled(receive, arrival.source, arrival.tag, arrival.type, arrival.bytes)
    } else {
      if (transfer.held === undefined) transfer.memory()
      this.#hand(transfer.receive, transfer.arrival, transfer.held)
    }
  }

  /** Settles a receive with a payload that lies in memory of its own. */
  #hand(receive: PostedReceive, arrival: Arrival, held: unknown): void {
    const { source, tag, type, bytes, signature } = arrival
    receive.release()
    if (receive.signature !== signature) {
      this.#events.mismatched(receive, source)
      return
    }
    this.#outstanding.end()
    const { target } = receive
    if (target !== undefined && rawCodeOf(target) === type && bytes <= target.byteLength) {
      // Two arrays of one type: the bits are copied as they are.
      target.set(held as never)
      resolveFilled(receive, source, tag, type, bytes)
    } else if (target !== undefined) {
      const memory = ArrayBuffer.isView(held) ? bytesOf(held) : new Uint8Array(held as ArrayBuffer)
      this.#fill(receive, target, source, tag, type, bytes, bodyOf(memory))
    } else {
      let value: unknown
      try {
        value = isRaw(type) ? held : this.#codec.decode(type, held as Uint8Array)
      } catch (error) {
        receive.reject(error)
        return
      }
      if (receive.wanted === 'value') receive.resolve(value)
      else receive.resolve({ ...statusOf(receive.scope, source, tag, type, bytes), value })
    }
  }

  /** Copies a payload into the caller's memory. */
  #fill(
    receive: PostedReceive,
    target: TypedArray,
    source: number,
    tag: number,
    type: number,
    bytes: number,
    body: Body,
  ): void {
    if (!accepts(target, type)) {
      const text = `the message is a ${typeNameOf(type)}, the target a ${target.constructor.name}`
      receive.reject(unfit('ERR_MISMATCH', receive, source, tag, text))
      return
    }
    const room = byteLengthOf(target)
    fill(type, body, Math.min(bytes, room), target)
    if (bytes > room) {
      const text = `message of ${bytes} bytes truncated to the ${room} bytes of the target`
      receive.reject(unfit('ERR_TRUNCATE', receive, source, tag, text))
    } else resolveFilled(receive, source, tag, type, bytes)
  }

  #reject(receive: PostedReceive, error: Error): void {
    receive.release()
    receive.reject(error)
  }
}

/** Settles a receive whose target holds the message. */
function resolveFilled(receive: PostedReceive, source: number, tag: number, type: number, bytes: number): void {
  if (receive.wanted === 'nothing') receive.resolve(undefined)
  else receive.resolve(statusOf(receive.scope, source, tag, type, bytes))
}

function arrivalOf(header: Header, announced: boolean, held: unknown): Arrival {
  const synchronous = (header.flags & FLAG_SYNCHRONOUS) !== 0
  return new Arrival(
    header.context,
    header.source,
    header.tag,
    header.type,
    header.bytes,
    header.signature,
    header.id,
    announced,
    synchronous,
    held,
  )
}

function unfit(code: MpiErrorCode, receive: PostedReceive, source: number, tag: number, text: string): MpiError {
  const { operation, scope } = receive
  const peer = scope.rankOf(source)
  return new MpiError(code, `${operation} from rank ${peer} (tag ${tag}): ${text}`, {
    peer,
    tag,
    operation,
    communicator: scope.name,
  })
}

function bodyOf(bytes: Uint8Array): Body {
  return { bytes, offset: 0, owned: false, memory: undefined }
}
