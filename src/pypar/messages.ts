/** PyPar's point-to-point messages, and its calls for the memory that `bsend` needed. */
import { world } from '../index.ts'
import { fill, isNDArray, type AnyArray } from './ndarray.ts'
import { requireArray, type ReceiveOptions, type SendOptions } from './options.ts'
import { Outbox, snapshot } from './outbox.ts'
import { Status, statusOf } from './status.ts'

/** The tag of messages that name none. */
export const defaultTag = 1

const outbox = new Outbox()

/**
 * Sends any value. Resolves when `x` is out of the caller's hands and may be changed; rejects with an `MpiError`.
 * @throws RangeError on a destination outside 0 … size−1 or a tag outside 0 … 2^31−1; TypeError on a function, symbol or
 * class instance
 * @example await send(ndarray(new Float64Array(6), [2, 3]), 1, { tag: 13 })
 */
export function send(x: unknown, destination: number, options: SendOptions = {}): Promise<void> {
  return world.send(x, destination, { tag: options.tag ?? defaultTag })
}

/**
 * Like `send`, and never waits: `x` is copied, may be changed at once, and leaves when it can. A failure ends the job.
 * @throws as `send`
 */
export function bsend(x: unknown, destination: number, options: SendOptions = {}): void {
  outbox.keep(send(snapshot(x), destination, options))
}

/**
 * Receives the next message from `source` (or `anySource`) with `tag` (or `anyTag`): a value of the type that was sent.
 * `buffer`, a typed array or an `NDArray`, is filled from its start and returned; it must have the element type of the
 * message and room for it. With `returnStatus` the result is `[value, Status]`.
 * Rejects with an `MpiError`, or a `TypeError` or `RangeError` when the message does not fit the buffer.
 * @example const [text, status] = await receive<string>(anySource, { tag: anyTag, returnStatus: true })
 */
export function receive<B extends AnyArray>(
  source: number,
  options: ReceiveOptions & { buffer: B; returnStatus: true },
): Promise<[B, Status]>
export function receive<B extends AnyArray>(
  source: number,
  options: ReceiveOptions & { buffer: B; returnStatus?: false },
): Promise<B>
export function receive<T = unknown>(
  source: number,
  options: ReceiveOptions & { returnStatus: true },
): Promise<[T, Status]>
export function receive<T = unknown>(source: number, options?: ReceiveOptions & { returnStatus?: false }): Promise<T>
export async function receive(
  source: number,
  options: ReceiveOptions & { buffer?: AnyArray; returnStatus?: boolean } = {},
): Promise<unknown> {
  const { buffer, returnStatus = false } = options
  const matching = { tag: options.tag ?? defaultTag }
  if (buffer === undefined || isNDArray(buffer)) {
    const message = await world.receiveMessage(source, matching)
    const value = buffer === undefined ? message.value : fill(buffer, message.value, 'receive')
    return returnStatus ? [value, statusOf(message, message.value)] : value
  }
  requireArray('receive', 'buffer', buffer)
  const message = await world.receiveInto(buffer, source, matching)
  const status = new Status(
    message.source,
    message.tag,
    message.bytes / buffer.BYTES_PER_ELEMENT,
    buffer.BYTES_PER_ELEMENT,
  )
  return returnStatus ? [buffer, status] : buffer
}

/** Adds the bytes of `x` to the size of the buffer and returns it. Nothing is reserved: `bsend` needs no buffer. */
export function pushForAlloc(x: unknown, _options: SendOptions = {}): number {
  return outbox.reserve(x)
}

/** Sets the size when `nbytes` is given; returns it. */
export function alloc(nbytes = -1): number {
  return nbytes === -1 ? outbox.size : outbox.resize(nbytes)
}

/** Without effect. */
export function attach(): void {}

/** Resolves when all that `bsend` took has left. */
export function detach(): Promise<void> {
  return outbox.drained()
}

/** Sets the size to 0. */
export function dealloc(): void {
  outbox.resize(0)
}

/** `alloc`, then `attach`. */
export function allocAndAttach(): void {}

/** `detach`, then `dealloc`. */
export async function detachAndDealloc(): Promise<void> {
  await detach()
  dealloc()
}
