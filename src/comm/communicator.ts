/** The communicator as users see it: every operation, its arguments and every way in which it can end. */
import type { Op } from '../collectives/op.ts'
import type { Message, Options, Status } from '../p2p/status.ts'
import type { TypedArray } from '../wire/element-type.ts'

export interface CollectiveOptions {
  /** Aborting it gives this rank's part up with `ERR_ABORTED`; the communicator's collectives are unusable afterwards. */
  signal?: AbortSignal
  /** Milliseconds until this rank's part is given up with `ERR_TIMEOUT`. @default none */
  timeout?: number
}

export interface SendOptions extends Options {
  /** Resolve only when the message has been matched by a receive. @default false */
  synchronous?: boolean
}

export interface SendReceiveOptions {
  sendTag?: number
  receiveTag?: number
  signal?: AbortSignal
  timeout?: number
}

export interface CountsOptions extends CollectiveOptions {
  /** Elements of each rank's block. @default balanced: the first `length mod size` blocks have one more */
  counts?: readonly number[]
}

/**
 * A group of ranks that talk to each other, apart from all other communicators.
 *
 * Every operation starts when it is called and its promise is the request: un-awaited calls run side by side, and their
 * order is the order of the calls. Wrong arguments throw a `RangeError` or `TypeError` at once. Every waiting operation
 * may reject with `ERR_TIMEOUT` or `ERR_ABORTED` (its own options), `ERR_RANK_EXITED` or `ERR_RANK_FAILED` (the rank
 * that it waits for is gone), and throws `ERR_FREED` when the communicator is freed or communication has ended.
 */
export interface Communicator extends AsyncDisposable {
  /** This process's rank, 0 … size−1. */
  readonly rank: number
  readonly size: number
  /** For messages: `world`, `world.split(1)`. */
  readonly name: string

  /**
   * Sends any value. Resolves once the value is out of the caller's hands: taken by the receiver, queued there within
   * its credit, or buffered here within the budget; with `synchronous`, when a receive has matched it. An object is
   * taken as it is at the call; a typed array may be changed again once the promise has resolved.
   *
   * @example await world.send(new Float64Array([1, 2, 3]), 1, { tag: 7 })
   */
  send(value: unknown, destination: number, options?: SendOptions): Promise<void>

  /**
   * Receives the value of the earliest message that matches; from `PROC_NULL`, undefined at once.
   *
   * @example const sum = await world.receive<number>(0)
   */
  receive<T = unknown>(source?: number, options?: Options): Promise<T>

  /** The same with source, tag, type and size of the message. */
  receiveMessage<T = unknown>(source?: number, options?: Options): Promise<Message<T>>

  /**
   * Receives a typed array into the front of `target`. Rejects with `ERR_TRUNCATE` when the message is longer (it is
   * consumed, the target is full) and with `ERR_MISMATCH` when its type is another. When the message is here already, the
   * promise may be one that was returned before, as `send`'s may: it does not tell two calls apart.
   */
  receiveInto(target: TypedArray, source?: number, options?: Options): Promise<Status>

  /** Sends to one rank and receives from another at the same time; resolves with the value when both are done. */
  sendReceive<T = unknown>(
    value: unknown,
    destination: number,
    source?: number,
    options?: SendReceiveOptions,
  ): Promise<T>

  /** Waits for a message that matches and leaves it where it is. */
  probe(source?: number, options?: Options): Promise<Status>

  /** Tells, without waiting, of a message that is here. */
  iprobe(source?: number, options?: { tag?: number }): Status | undefined

  /**
   * The messages that match, one after the other; ends when every rank that could send one has ended. Leaving the loop
   * loses nothing: a message is taken when the loop asks for it.
   *
   * @example for await (const { value, source } of world.messages<Task>()) …
   */
  messages<T = unknown>(source?: number, options?: Options): AsyncIterableIterator<Message<T>>

  /** Resolves when every rank has called it. */
  barrier(options?: CollectiveOptions): Promise<void>

  /** Gives every rank the root's value. */
  broadcast<T>(value: T | undefined, root?: number, options?: CollectiveOptions): Promise<T>

  /** Gives rank i `values[i]`, or of a typed array its block. Only the root's `values` count. */
  scatter<A extends TypedArray>(values: A | undefined, root?: number, options?: CountsOptions): Promise<A>
  scatter<T>(values: readonly T[] | undefined, root?: number, options?: CollectiveOptions): Promise<T>

  /** Collects the values of all ranks, in rank order, at the root; undefined elsewhere. */
  gather<T>(value: T, root?: number, options?: CollectiveOptions): Promise<T[] | undefined>

  /** Collects the values of all ranks, in rank order, at every rank. */
  allgather<T>(value: T, options?: CollectiveOptions): Promise<T[]>

  /** Sends `values[i]` to rank i; resolves with what every rank sent here, in rank order. */
  alltoall<T>(values: readonly T[], options?: CollectiveOptions): Promise<T[]>

  /**
   * Folds the values of all ranks with `op`, in rank order, at the root; undefined elsewhere. Typed arrays are folded
   * element by element. Rejects with `ERR_MISMATCH` when ranks disagree on operator, type or length.
   */
  reduce<T>(value: T, op: Op<NoInfer<T>>, root?: number, options?: CollectiveOptions): Promise<T | undefined>

  /** The same with the result at every rank: the same bits everywhere, and in every run (docs/collectives: of calls that are awaited). */
  allreduce<T>(value: T, op: Op<NoInfer<T>>, options?: CollectiveOptions): Promise<T>

  /** Folds typed arrays; rank i gets block i of the result. */
  reduceScatter<A extends TypedArray>(value: A, op: Op<NoInfer<A>>, options?: CountsOptions): Promise<A>

  /** Rank r gets the fold of the values of ranks 0 … r. */
  scan<T>(value: T, op: Op<NoInfer<T>>, options?: CollectiveOptions): Promise<T>

  /** Rank r gets the fold of the values of ranks 0 … r−1; undefined on rank 0. */
  exclusiveScan<T>(value: T, op: Op<NoInfer<T>>, options?: CollectiveOptions): Promise<T | undefined>

  /**
   * The `Into` forms work in memory that the caller owns; what lies outside the blocks is not touched. A block of
   * another rank that is longer or shorter than its place in a gather or scatter rejects with `ERR_MISMATCH` where it was to
   * go, when all others are in theirs. Who only gives (the
   * root of a broadcast or scatter, all but the root of a gather or reduce) may go ahead of those who take it only by some
   * short messages, or wait for them: what they need first must come before it.
   */
  broadcastInto(target: TypedArray, root?: number, options?: CollectiveOptions): Promise<void>
  /** The root's target holds the result, the others' are unchanged. */
  reduceInto<A extends TypedArray>(
    target: A,
    op: Op<NoInfer<A>>,
    root?: number,
    options?: CollectiveOptions,
  ): Promise<void>
  allreduceInto<A extends TypedArray>(target: A, op: Op<NoInfer<A>>, options?: CollectiveOptions): Promise<void>
  gatherInto(target: TypedArray | undefined, value: TypedArray, root?: number, options?: CountsOptions): Promise<void>
  scatterInto(target: TypedArray, values: TypedArray | undefined, root?: number, options?: CountsOptions): Promise<void>
  allgatherInto(target: TypedArray, value: TypedArray, options?: CountsOptions): Promise<void>
  alltoallInto(target: TypedArray, values: TypedArray, options?: CollectiveOptions): Promise<void>

  /**
   * The same ranks, apart from this communicator. Collective, like all that make communicators: several may be made at
   * once, those of one parent in the same order everywhere, those of different parents in any.
   */
  duplicate(): Promise<Communicator>

  /** One communicator for each colour, ordered by key, then by rank; undefined for ranks without a colour. Collective. */
  split(color: number | undefined, key?: number): Promise<Communicator | undefined>

  /** The ranks of this rank's host. Collective. */
  splitByHost(): Promise<Communicator>

  /** These ranks in this order; undefined for others, which do not wait. All ranks of the communicator call it. */
  subset(ranks: readonly number[]): Promise<Communicator | undefined>

  /** A grid, row-major; undefined for ranks beyond it. All ranks of the communicator call it. */
  cartesian(
    dimensions: readonly number[],
    options?: { periodic?: boolean | readonly boolean[] },
  ): Promise<CartesianCommunicator | undefined>

  /** Ends this communicator on this rank: what waits on it rejects with `ERR_FREED`. `world` and `self` stay. */
  free(): Promise<void>

  /** Ends the whole job with exit code `code`. @default 1 */
  abort(code?: number): never
}

export interface CartesianCommunicator extends Communicator {
  readonly dimensions: readonly number[]
  readonly periodic: readonly boolean[]
  /** This rank's. */
  readonly coordinates: readonly number[]
  /** Rank at these coordinates; `PROC_NULL` outside a non-periodic edge. */
  rankAt(coordinates: readonly number[]): number
  coordinatesOf(rank: number): readonly number[]
  /** Peers of a shift along a dimension, for `sendReceive`. @default displacement 1 */
  shift(dimension: number, displacement?: number): { source: number; destination: number }
}
