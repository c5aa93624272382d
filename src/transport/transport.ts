/**
 * What point-to-point asks of a transport, whatever carries it. A transport moves packets (a header and perhaps a
 * body) between processes numbered by their world rank. It knows nothing of messages, matching or communicators.
 *
 * The contract, checked by one suite for every implementation:
 *  - Packets from one process to another arrive exactly once and in the order of the calls of `send`, or the
 *    receiver's `lost` is called and nothing more arrives: never a gap.
 *  - `send` never blocks and never throws for a reason outside the caller: what cannot leave now waits in the
 *    transport's own queue. Who sends is bounded by credit, so this queue is too. What is sent to a lost or dropped
 *    peer vanishes.
 *  - Packets are delivered only inside `poll` and, while `listen(true)` holds, whenever they arrive. Packets that
 *    arrived together may be delivered together, although the first of them made the receiver stop listening.
 *    While `listen(false)` holds, the transport does not keep the process alive and uses no CPU.
 *  - Delivery is never re-entrant: `receiver.packet` may call anything but `poll`.
 */
import type { Body } from '../wire/body.ts'
import type { Header } from '../wire/header.ts'
import type { Board } from './board.ts'

export type { Board }

export interface Receiver {
  /** A packet has arrived. The header and the body object are the transport's and are reused after the call. */
  packet(header: Header, body: Body): void
  /**
   * Nothing more comes from `peer` or goes there: its connection closed or broke, or it spoke nonsense. Called at most
   * once a peer, after the last packet, and delivered like one. An orderly end looks the same: only the receiver knows
   * whether the peer had said goodbye. A transport notices at the latest when it sends to a peer that it had reached.
   * `isGarbled`: what came cannot be understood, so the peer may well be alive.
   */
  lost(peer: number, reason: string, isGarbled: boolean): void
}

/** How much goes at once on the way to one peer. */
export interface PacketLimits {
  /** Largest message that goes whole in one packet (`eager`); larger ones are announced first. */
  readonly eagerBytes: number
  /** Largest body of one packet. */
  readonly fragmentBytes: number
}

export interface Transport {
  /** Those of the way to `peer`. They may grow, when it has to be reached another way, and never shrink. */
  limits(peer: number): PacketLimits
  /**
   * Queues a packet. The header is taken before the call returns. So is a body of at most `eagerBytes` bytes; a larger
   * body is borrowed and must stay unchanged until the receiver has said `done`.
   */
  send(peer: number, header: Header, body?: ArrayBufferView): void
  /**
   * Delivers, without waiting, what has already arrived. Cheap when there is nothing. While listening it may leave it
   * to the next turn of the event loop.
   */
  poll(): void
  /**
   * Looks so many times for the next packet of `peer` and delivers it, alone. False when none came, and now and then when
   * the event loop must have its turn first: then, and where this is missing, `listen`.
   */
  glance?(peer: number, looks: number): boolean
  /** While true: arrivals are delivered by themselves and the process stays alive. */
  listen(active: boolean): void
  /**
   * The address at which `peer` could read this memory itself, or undefined where that is impossible or slower.
   * Only for bodies above `eagerBytes`.
   */
  expose(peer: number, body: ArrayBufferView): number | undefined
  /**
   * The address at which `peer` could write into this memory itself, so that both sides copy at the same time, or
   * undefined where that is impossible or slower. Only for bodies that `peer` exposes.
   */
  invite(peer: number, bytes: number, target: () => Uint8Array): number | undefined
  /** Writes `source` into memory to which `peer` has invited. False when the system refuses. */
  push(peer: number, address: number, source: Uint8Array): boolean
  /** Reads memory that `peer` exposed into `target`, whole. False when the system refuses: then ask for it in packets. */
  pull(peer: number, address: number, target: Uint8Array): boolean
  /** The memory that all ranks of the job share, opened at the first call; undefined where there is none. */
  board?(): Board | undefined
  /** Packets to `peer` in the transport's own queue. What the system has taken from it need not have left: `flush`. */
  queued(peer: number): number
  /** `peer` has ended or was given up: forget its queue, close its connection, deliver nothing more from it. */
  drop(peer: number): void
  /** Closes all. What is still queued may be lost: drain first. */
  close(): Promise<void>
}
