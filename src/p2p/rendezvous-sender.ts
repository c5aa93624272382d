/**
 * The sender's half of a rendezvous: the envelope goes ahead (announced), the payload follows when the receiver grants it,
 * in packets or from memory to memory. A small one follows without having been granted, as soon as there is credit for
 * it again (supplied), so that it waits for no round trip.
 */
import { Kind } from '../wire/header.ts'
import type { CallSites } from './call-site.ts'
import type { Link } from './link.ts'
import type { OpenSends } from './open-sends.ts'
import type { Outgoing } from './outgoing.ts'
import type { Peer } from './peer.ts'
import { endedError, freedError } from './refusal.ts'
import type { SendClock } from './send-clock.ts'
import { halfOf } from './transfer.ts'

export class RendezvousSender {
  readonly #link: Link
  readonly #sends: OpenSends
  readonly #clock: SendClock
  readonly #sites: CallSites
  /** Operations of which the receiver will say that they are done, by number. */
  readonly #announced = new Map<number, Outgoing>()
  #nextId = 1

  constructor(link: Link, sends: OpenSends, clock: SendClock, sites: CallSites) {
    this.#link = link
    this.#sends = sends
    this.#clock = clock
    this.#sites = sites
  }

  /** Sends the envelope ahead. False when there is no credit for it. */
  announce(operation: Outgoing): boolean {
    const { peer } = operation
    if (!peer.window.takeAnnouncement()) return false
    this.number(operation)
    this.#link.announce(operation)
    if (peer.stalled) this.#sends.buffer(operation)
    const isSmall = operation.bytes <= Math.min(peer.eagerLimit, this.#link.transport.limits(peer.rank).fragmentBytes)
    if (isSmall && operation.bytes > 0 && !operation.synchronous) peer.backlog.add(operation)
    return true
  }

  /** Gives an operation the number by which the receiver will speak of it. */
  number(operation: Outgoing): void {
    do {
      operation.id = this.#nextId
      this.#nextId = this.#nextId === 0xffff_ffff ? 1 : this.#nextId + 1
    } while (this.#announced.has(operation.id))
    this.#announced.set(operation.id, operation)
  }

  /**
   * The receiver has matched operation `id` and wants the payload for its operation `peerId`.
   *
   * @param invitation the address at which the payload may be written into its memory; 0 when there is none
   * @returns what is wrong with that, if anything is
   */
  grant(peer: Peer, id: number, peerId: number, inPackets: boolean, invitation: number): string | undefined {
    peer.heard(this.#clock.turn)
    const operation = this.#announced.get(id)
    if (operation === undefined || operation.peer !== peer) return `grant for unknown operation ${id}`
    if (operation.granted && (!inPackets || operation.isSent)) return `second grant for operation ${id}`
    const isSupplied = operation.isSent && !operation.granted
    operation.granted = true
    if (isSupplied || operation.bytes === 0) return undefined
    peer.backlog.delete(operation)
    operation.isMoving = true
    const address = inPackets ? undefined : this.#link.transport.expose(peer.rank, operation.body)
    if (address === undefined) this.#sendPayload(operation, peerId)
    else {
      this.#link.signal(peer, Kind.expose, id, peerId, address)
      if (invitation !== 0) this.#push(operation, peerId, invitation)
    }
    return undefined
  }

  /** The receiver has all of operation `id`. */
  done(peer: Peer, id: number): string | undefined {
    peer.heard(this.#clock.turn)
    const operation = this.#announced.get(id)
    if (operation === undefined || operation.peer !== peer) return `completion of unknown operation ${id}`
    this.#forget(operation)
    this.#sends.over(operation)
    operation.resolve()
    return undefined
  }

  /** The receiver has ended, or freed the communicator, without receiving operation `id`. */
  refuse(peer: Peer, id: number, isFreed: boolean): string | undefined {
    const operation = this.#announced.get(id)
    if (operation === undefined || operation.peer !== peer) return `refusal of unknown operation ${id}`
    this.#forget(operation)
    this.#sends.over(operation)
    const ended = { how: 'ended', detail: '' } as const
    operation.reject(isFreed ? freedError(operation) : endedError(operation, ended, this.#sites.of(operation)))
    return undefined
  }

  /** Sends the payloads of small announced messages for which there is credit now. */
  supply(peer: Peer): void {
    for (const operation of peer.backlog) {
      if (!peer.window.takePayload(operation.bytes)) return
      peer.backlog.delete(operation)
      operation.isMoving = true
      this.#sendPayload(operation, 0)
      // Small enough for the transport to have copied it.
      operation.resolve()
    }
  }

  /** The peer will take nothing more: every operation to it fails. */
  abandon(peer: Peer, error: (operation: Outgoing) => Error): void {
    for (const operation of [...this.#announced.values()]) {
      if (operation.peer !== peer) continue
      this.#forget(operation)
      this.#sends.abandon(operation)
      operation.reject(error(operation))
    }
  }

  /** Announced operations that are not done. */
  [Symbol.iterator](): IterableIterator<Outgoing> {
    return this.#announced.values()
  }

  #sendPayload(operation: Outgoing, peerId: number): void {
    const { peer, id, body, bytes } = operation
    const { fragmentBytes } = this.#link.transport.limits(peer.rank)
    operation.isSent = true
    for (let offset = 0; offset < bytes; offset += fragmentBytes) {
      const length = Math.min(fragmentBytes, bytes - offset)
      this.#link.data(peer, id, peerId, offset, new Uint8Array(body.buffer, body.byteOffset + offset, length))
    }
  }

  /** Copies the second half into the receiver's memory while the receiver copies the first. */
  #push({ peer, id, body, bytes }: Outgoing, peerId: number, invitation: number): void {
    const half = halfOf(bytes)
    const source = new Uint8Array(body.buffer, body.byteOffset + half, bytes - half)
    const isDone = this.#link.transport.push(peer.rank, invitation + half, source)
    this.#link.signal(peer, Kind.pushed, id, peerId, isDone ? half : bytes)
  }

  #forget(operation: Outgoing): void {
    this.#announced.delete(operation.id)
    operation.peer.backlog.delete(operation)
  }
}
