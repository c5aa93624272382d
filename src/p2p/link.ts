/** The way out: completes a packet's header with what every packet carries and hands it to the transport. */
import type { Transport } from '../transport/transport.ts'
import { Header, type Kind } from '../wire/header.ts'
import type { Peer } from './peer.ts'

export class Link {
  /** World rank of this process. */
  readonly rank: number
  readonly transport: Transport
  /** The next packet's header. Whoever sends sets every field from `kind` to `offset` except what `emit` sets. */
  readonly header: Header = new Header()

  constructor(rank: number, job: number, transport: Transport) {
    this.rank = rank
    this.transport = transport
    this.header.job = job
    this.header.source = rank
  }

  /** Sends the packet whose header stands in `header`. */
  emit(peer: Peer, body?: ArrayBufferView): void {
    const { header } = this
    const { window } = peer
    header.sequence = peer.sequenceOut
    peer.sequenceOut = (peer.sequenceOut + 1) >>> 0
    header.credit = window.owedBytes
    header.slots = window.owedSlots
    window.owedBytes = 0
    window.owedSlots = 0
    this.transport.send(peer.rank, header, body)
  }

  /** Sends a packet that carries no message: an answer between two operations. */
  signal(peer: Peer, kind: Kind, id = 0, peerId = 0, offset = 0, flags = 0): void {
    const { header } = this
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
    this.emit(peer)
  }
}
