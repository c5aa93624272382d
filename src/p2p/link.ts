/**
 * The way out: writes the header of every packet that p2p sends, with what every packet carries (its number, and the credit
 * that is owed), and hands it to the transport.
 */
import type { Transport } from '../transport/transport.ts'
import { FLAG_SYNCHRONOUS, Header, Kind } from '../wire/header.ts'
import type { Outgoing } from './outgoing.ts'
import type { Peer } from './peer.ts'

export class Link {
  /** World rank of this process. */
  readonly rank: number
  readonly transport: Transport
  /** The next packet's header. Who sends sets every field that `#emit` does not. */
  readonly #header: Header = new Header()

  constructor(rank: number, job: number, transport: Transport) {
    this.rank = rank
    this.transport = transport
    this.#header.job = job
    this.#header.source = rank
  }

  /** A whole message. */
  eager(
    peer: Peer,
    context: number,
    tag: number,
    type: number,
    bytes: number,
    signature: number,
    id: number,
    flags: number,
    body: ArrayBufferView,
  ): void {
    const header = this.#header
    header.kind = Kind.eager
    header.context = context
    header.tag = tag
    header.type = type
    header.flags = flags
    header.id = id
    header.peerId = 0
    header.bytes = bytes
    header.offset = 0
    header.signature = signature
    peer.messagesSent++
    this.#emit(peer, bytes === 0 ? undefined : body)
  }

  /** The envelope of a message whose payload stays here. */
  announce({ peer, context, tag, type, synchronous, id, bytes, signature }: Outgoing): void {
    const header = this.#header
    header.kind = Kind.announce
    header.context = context
    header.tag = tag
    header.type = type
    header.flags = synchronous ? FLAG_SYNCHRONOUS : 0
    header.id = id
    header.peerId = 0
    header.bytes = bytes
    header.offset = 0
    header.signature = signature
    peer.messagesSent++
    this.#emit(peer, undefined)
  }

  /** A piece of the payload of an announced message, for operation `peerId` of the peer. */
  data(peer: Peer, id: number, peerId: number, offset: number, piece: Uint8Array): void {
    const header = this.#header
    header.kind = Kind.data
    header.context = 0
    header.tag = 0
    header.type = 0
    header.flags = 0
    header.id = id
    header.peerId = peerId
    header.bytes = piece.length
    header.offset = offset
    header.signature = 0
    peer.messagesSent++
    this.#emit(peer, piece)
  }

  /** A packet that carries no message: an answer between two operations. */
  signal(peer: Peer, kind: Kind, id = 0, peerId = 0, offset = 0, flags = 0): void {
    const header = this.#header
    header.kind = kind
    header.context = 0
    header.tag = 0
    header.type = 0
    header.flags = flags
    header.id = id
    header.peerId = peerId
    header.bytes = 0
    header.offset = offset
    header.signature = 0
    this.#emit(peer, undefined)
  }

  /** What was called as number `call` of the collectives of a context, in words. */
  mismatch(peer: Peer, context: number, call: number, flags: number, text: string): void {
    const body = Buffer.from(text)
    const header = this.#header
    header.kind = Kind.mismatch
    header.context = context
    header.tag = call
    header.type = 0
    header.flags = flags
    header.id = 0
    header.peerId = 0
    header.bytes = body.byteLength
    header.offset = 0
    header.signature = 0
    this.#emit(peer, body)
  }

  #emit(peer: Peer, body: ArrayBufferView | undefined): void {
    const header = this.#header
    const { window } = peer
    header.sequence = peer.sequenceOut
    peer.sequenceOut = (peer.sequenceOut + 1) >>> 0
    header.credit = window.owedBytes
    header.slots = window.owedSlots
    window.owedBytes = 0
    window.owedSlots = 0
    this.transport.send(peer.rank, header, body)
  }
}
