/**
 * All that a collective algorithm sees: the ranks of one communicator and messages between them that belong to one
 * call of one collective. Matching, contexts, sockets and other calls do not exist here.
 *
 * Messages from one rank to another arrive in the order of the calls of `send`. A send never waits for its receiver
 * (see design: when a send resolves), so `await channel.send(...)` before `receive` cannot deadlock.
 */
import type { Body } from '../wire/body.ts'
import type { Encoded, Packed } from '../wire/codec.ts'
import type { TypedArray } from '../wire/element-type.ts'
import type { Assembly } from './assembly.ts'
import type { Scratch } from './scratch.ts'

/** A send that has left. Whoever sees it need not wait. */
export const SENT: Promise<void> = Promise.resolve()

/**
 * Begins a call like an earlier one, with a value of the same type and length, and with any other where the operation takes
 * two. Throws when they are not legal.
 */
export type Next = (value: unknown, other?: unknown) => Promise<unknown>

export interface Channel {
  readonly rank: number
  readonly size: number
  readonly scratch: Scratch
  /** Where all ranks share memory, and use it for this call. */
  readonly assembly?: Assembly | undefined
  /** Set by a collective: so may the next one begin that is called like it. */
  next?: Next | undefined
  /**
   * Sends any value; a typed array (also a `subarray`) travels raw. It may be reused once the promise resolves; where
   * that is at once, the promise may be `SENT`.
   */
  send(value: unknown, destination: number): Promise<void>
  /** The next value from `source`, in memory of its own. */
  receive(source: number): Promise<unknown>
  /** The next typed array from `source`, into `target`: type and length must agree, or it rejects with `ERR_MISMATCH`. */
  receiveInto(target: TypedArray, source: number): Promise<void>
  /** The value as it would arrive at another rank: in memory of its own. Refuses what `send` refuses. */
  copy<T>(value: T): T
  /** Its bytes, until the next call of this unless they are lasting. Refuses what `send` refuses. */
  encode(value: unknown): Encoded
  /** The value as it would arrive, and its bytes, to which nobody else writes. */
  pack(value: unknown): Packed
  /** The value whose `bytes` bytes are the first of a body. Throws `ERR_PROTOCOL` when they make none of that type. */
  unpack(type: number, body: Body, bytes: number): unknown
}

/** What the caller gave, as it is now and in memory of its own: text and numbers as they are, all else as a copy. */
export function snapshot<T>(channel: Channel, value: T): T {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'bigint':
    case 'undefined':
      return value
    default:
      return value === null ? value : channel.copy(value)
  }
}

/** Sends to one rank and receives from another at the same time. */
export function exchange(channel: Channel, value: unknown, destination: number, source: number): Promise<unknown> {
  const sent = channel.send(value, destination)
  return both(sent, channel.receive(source))
}

/** The same with a typed array, received into `target`. */
export function exchangeInto(
  channel: Channel,
  array: TypedArray,
  destination: number,
  target: TypedArray,
  source: number,
): Promise<void> {
  const sent = channel.send(array, destination)
  return both(sent, channel.receiveInto(target, source))
}

/** Resolves with what was received once what was sent may be changed, too. */
export function both<T>(sent: Promise<void>, received: Promise<T>): Promise<T> {
  return sent === SENT ? received : Promise.all([received, sent]).then(([result]) => result)
}
