/**
 * The receiver's half of a rendezvous: asks the sender of a matched announcement for the payload (grant) and brings it into
 * place, in packets or from memory to memory, until the receive can be delivered.
 */
import type { Body } from '../wire/body.ts'
import { FLAG_IN_PACKETS, Kind, type Header } from '../wire/header.ts'
import { keep, type Arrival } from './arrival.ts'
import type { Delivery } from './delivery.ts'
import type { Link } from './link.ts'
import type { Outstanding } from './outstanding.ts'
import type { Peer } from './peer.ts'
import type { PostedReceive } from './posted-receive.ts'
import { halfOf, Transfer } from './transfer.ts'

export class RendezvousReceiver {
  readonly #link: Link
  readonly #outstanding: Outstanding
  readonly #delivery: Delivery
  /** Announced messages that were matched and whose payload is on its way, by number. */
  readonly #transfers = new Map<number, Transfer>()
  /** Memory of transfers given up, into which a peer may still write: never freed. */
  readonly #lent: Uint8Array[] = []
  #nextId = 1

  constructor(link: Link, outstanding: Outstanding, delivery: Delivery) {
    this.#link = link
    this.#outstanding = outstanding
    this.#delivery = delivery
  }

  /** Asks the sender of a matched message for its payload. */
  grant(peer: Peer, receive: PostedReceive, arrival: Arrival): void {
    receive.release()
    peer.window.oweAnnouncement()
    do this.#nextId = this.#nextId === 0xffff_ffff ? 1 : this.#nextId + 1
    while (this.#transfers.has(this.#nextId))
    const transfer = new Transfer(this.#nextId, peer, receive, arrival)
    this.#transfers.set(transfer.id, transfer)
    arrival.transfer = transfer
    const invitation = transfer.isContiguous
      ? this.#link.transport.invite(peer.rank, arrival.bytes, () => transfer.memory())
      : undefined
    transfer.isShared = invitation !== undefined
    this.#link.signal(peer, Kind.grant, transfer.id, arrival.id, invitation)
    if (arrival.bytes === 0) this.#complete(transfer)
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
    if (transfer.received > 0) return `exposed memory for a payload of which ${transfer.received} bytes are there`
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
    if (transfer.received !== halfOf(bytes))
      return `memory written for a payload of which ${transfer.received} bytes are there`
    if (header.offset < bytes) this.#moved(transfer, bytes - halfOf(bytes))
    else this.#pull(transfer, halfOf(bytes), bytes)
    return undefined
  }

  /** All transfers from `peer` fail; undefined: from all. */
  abandon(peer: Peer | undefined, error: (receive: PostedReceive) => Error): void {
    for (const transfer of [...this.#transfers.values()]) {
      if (peer !== undefined && transfer.peer !== peer) continue
      this.#transfers.delete(transfer.id)
      transfer.peer.announcements.delete(transfer.arrival.id)
      if (transfer.isShared) this.#lent.push(transfer.memory())
      this.#outstanding.end()
      transfer.receive.release()
      transfer.receive.reject(error(transfer.receive))
    }
  }

  /** Receives that wait for their payload. */
  *waiting(): IterableIterator<PostedReceive> {
    for (const { receive } of this.#transfers.values()) yield receive
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
    arrival.held = keep(arrival.type, body, bytes)
    this.#link.signal(peer, Kind.done, 0, id)
    return undefined
  }

  /** Reads a part of the payload out of the sender's memory, or asks for all of it in packets. */
  #pull(transfer: Transfer, start: number, end: number): void {
    const { peer, exposed, arrival, id } = transfer
    for (let at = start; at < end;) {
      const place = transfer.place(at, end)
      if (!this.#link.transport.pull(peer.rank, exposed + at, place)) {
        transfer.exposed = 0
        transfer.restart()
        this.#link.signal(peer, Kind.grant, id, arrival.id, 0, FLAG_IN_PACKETS)
        return
      }
      at += place.length
      this.#moved(transfer, place.length)
    }
  }

  #moved(transfer: Transfer, bytes: number): void {
    transfer.moved(bytes)
    if (transfer.isComplete) this.#complete(transfer)
  }

  #complete(transfer: Transfer): void {
    const { id, peer, receive, arrival } = transfer
    this.#transfers.delete(id)
    peer.announcements.delete(arrival.id)
    this.#link.signal(peer, Kind.done, 0, arrival.id)
    if (transfer.isDirect) this.#delivery.inPlace(receive, arrival)
    else {
      if (transfer.held === undefined) transfer.memory()
      this.#delivery.fromMemory(receive, arrival, transfer.held)
    }
  }
}
