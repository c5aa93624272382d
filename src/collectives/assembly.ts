/**
 * All ranks of a communicator around a board in memory that they share: what a collective sees of it. Each rank publishes
 * pieces, in order, and all others read those of each rank, in that order. What returns a promise returns undefined when
 * there is nothing to wait for.
 */
import { MpiError } from '../errors.ts'
import type { TypedArray } from '../wire/element-type.ts'
import type { Channel } from './channel.ts'
import { OVER } from './over.ts'
import type { VectorMemory } from './vectors.ts'

/**
 * Goes on with a call when what it waits for is there; fails it when that never comes. What follows fails the call itself: the
 * channel may be that of the next one by the time its promise rejects. (It is told what to call with what, not by a closure:
 * that would cost the caller its context also where nothing is to be waited for.)
 */
export async function whenThere<A extends readonly unknown[], T>(
  there: Promise<unknown>,
  goOn: (channel: Channel, assembly: Assembly, ...rest: A) => Promise<T>,
  channel: Channel,
  assembly: Assembly,
  ...rest: A
): Promise<T> {
  try {
    await there
  } catch (error) {
    return assembly.fail(channel, error)
  }
  return goOn(channel, assembly, ...rest)
}

/** False when a rank has left that we wait for, or its memory cannot be read: then that is added to the losses. */
export async function comes(there: () => Promise<unknown> | undefined, losses: unknown[]): Promise<boolean> {
  try {
    await there()
    return true
  } catch (error) {
    if (!(error instanceof MpiError) || (error.code !== 'ERR_RANK_EXITED' && error.code !== 'ERR_RANK_FAILED'))
      throw error
    losses.push(error)
    return false
  }
}

/** Ends a call in which this rank has published what was due. */
export function endGiving(channel: Channel, assembly: Assembly, root: number): Promise<void> {
  const absence = assembly.absence(root)
  if (absence !== undefined) return assembly.fail(channel, absence)
  return endOver(channel, assembly)
}

/** Ends a call in which what was due has been taken. */
export function endOver(_: Channel, assembly: Assembly): Promise<void> {
  assembly.end()
  return OVER
}

export interface Assembly {
  /** The most that is published at once, in bytes. */
  readonly pieceBytes: number
  /** Begins the channel's call. Resolves when those before it are over. What follows belongs to it, until `end`. */
  begin(channel: object): Promise<void> | undefined
  /** The call has read all that it had to. */
  end(): void
  /** No call is under way. */
  readonly isIdle: boolean
  /** The channel's call ends with an error, with which the promise rejects. */
  fail(channel: object, error: unknown): Promise<never>
  /**
   * Publishes a piece as it is now, or that this rank is here, for all or for one reader: others do not see it. Resolves when
   * there was room for it.
   */
  publish(piece: TypedArray | undefined, reader?: number): Promise<void> | undefined
  /** Resolves when there is room for a piece of so many bytes. */
  room(bytes: number): Promise<void> | undefined
  /** Where the next piece of this rank is best prepared, for which there is room: an array like this one. */
  draft<A extends TypedArray>(like: A): A
  /** Memory of this rank's own: an array like this one, of at most `pieceBytes`, until the next draft. Vectors run there, too. */
  apart<A extends TypedArray>(like: A): A
  /** In which all pieces lie; undefined where vector instructions cannot run on them. */
  readonly vectors: VectorMemory | undefined
  /** Resolves when the next piece of a rank is there. */
  record(rank: number): Promise<unknown> | undefined
  /** Resolves when the next piece of each other rank, but for one, is there. */
  records(but?: number): Promise<void> | undefined
  /** Publishes a piece, or that this rank is here, and resolves when the next piece of each other rank is there. */
  exchange(piece: TypedArray | undefined): Promise<void> | undefined
  /** Begins a call with an exchange. */
  meet(channel: object, piece: TypedArray | undefined): Promise<void> | undefined
  /**
   * The next piece of a rank, or the latest of this one, where it lies: an array like this one. Until it is taken.
   * Throws `ERR_PROTOCOL`, as do `number` and `read`, when the piece has another length.
   */
  view<A extends TypedArray>(rank: number, like: A): A
  /** The same where it is one number. */
  number(rank: number): number
  /** Copies the next piece of a rank. */
  read(rank: number, target: TypedArray): void
  /** The length of the next piece of a rank, which is there, in bytes; −1 when it is lent. */
  bytes(rank: number): number
  /** One of the doubles that the next piece of a rank begins with. Throws `ERR_PROTOCOL`, as does `readPart`, when it has not so many. */
  double(rank: number, index: number): number
  /** Copies a part of the next piece of a rank, from a byte of it on that is a multiple of eight. */
  readPart(rank: number, from: number, target: TypedArray): void
  /** The next piece of a rank, or of each but for one, is not needed any more. */
  take(rank: number): void
  takeAll(but?: number): void
  /** All others can read what this rank lends. */
  readonly lends: boolean
  /** A rank's next piece, which is there, is lent. */
  isLent(rank: number): boolean
  /**
   * Lets the others copy an array of any length from where it lies. Resolves when they have: until then it must not
   * change. Each of them must `borrow` it.
   */
  lend(data: TypedArray): Promise<void> | undefined
  /**
   * The same in two steps, between which this rank may borrow, and of several arrays, or for one reader: resolves when the
   * others know where they lie …
   */
  offer(data: readonly TypedArray[], reader?: number): Promise<void> | undefined
  /** … and when each has copied one. */
  returned(): Promise<void> | undefined
  /** The length of an array that a rank lends, whose piece is there; undefined when it does not. */
  lentBytes(rank: number, place?: number): number | undefined
  /** Copies an array that a rank lends, as long as the target, when it does. Throws as `view` does, or rejects. */
  borrow(rank: number, target: TypedArray, place?: number): Promise<void> | undefined
  /** The error of a rank that has left and will never read what was published here, for all or for it. */
  absence(reader?: number): Error | undefined
}
