/**
 * The way in: sees that no packet of a pair is missing, takes the credit that comes with each, and gives it to whom its
 * kind concerns.
 */
import type { Receiver } from '../transport/transport.ts'
import type { Body } from '../wire/body.ts'
import { FLAG_FREED, FLAG_IN_PACKETS, Kind, type Header } from '../wire/header.ts'
import type { Disagreement } from './disagreement.ts'
import type { Inbox } from './inbox.ts'
import type { Link } from './link.ts'
import type { Peer, Peers } from './peer.ts'
import type { RendezvousReceiver } from './rendezvous-receiver.ts'
import type { RendezvousSender } from './rendezvous-sender.ts'
import type { Sender } from './sender.ts'

export class Dispatch implements Receiver {
  readonly #link: Link
  readonly #peers: Peers
  readonly #sender: Sender
  readonly #sending: RendezvousSender
  readonly #inbox: Inbox
  readonly #receiving: RendezvousReceiver
  readonly #disagreement: Disagreement
  readonly #onLost: Receiver['lost']

  /** @param onLost the connection to a peer broke, or it spoke nonsense: then it was dropped */
  constructor(
    link: Link,
    peers: Peers,
    sender: Sender,
    inbox: Inbox,
    disagreement: Disagreement,
    onLost: Receiver['lost'],
  ) {
    this.#link = link
    this.#peers = peers
    this.#sender = sender
    this.#sending = sender.rendezvous
    this.#inbox = inbox
    this.#receiving = inbox.rendezvous
    this.#disagreement = disagreement
    this.#onLost = onLost
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

  /** Returns what is wrong with a packet, if anything is. */
  #dispatch(peer: Peer, header: Header, body: Body): string | undefined {
    switch (header.kind) {
      case Kind.eager:
        this.#inbox.eager(peer, header, body)
        return undefined
      case Kind.announce:
        this.#inbox.announce(peer, header)
        return undefined
      case Kind.grant:
        return this.#sending.grant(
          peer,
          header.peerId,
          header.id,
          (header.flags & FLAG_IN_PACKETS) !== 0,
          header.offset,
        )
      case Kind.expose:
        return this.#receiving.expose(peer, header)
      case Kind.pushed:
        return this.#receiving.pushed(peer, header)
      case Kind.data:
        return this.#receiving.data(peer, header, body)
      case Kind.done:
        return this.#sending.done(peer, header.peerId)
      case Kind.refuse:
        return this.#sending.refuse(peer, header.peerId, (header.flags & FLAG_FREED) !== 0)
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
        this.#disagreement.packet(peer, header, body)
        return undefined
      default:
        return `packet kind ${header.kind} does not belong here`
    }
  }

  #broken(peer: Peer, problem: string): void {
    this.#link.transport.drop(peer.rank)
    this.#onLost(peer.rank, `protocol error: ${problem}`, true)
  }
}
