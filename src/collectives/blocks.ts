/**
 * One block of data for each rank, sent and received in cyclic runs, so that an algorithm is written once: over lists of
 * values, and over typed arrays of which each rank has a block. A run of one value and a run of a typed array travel raw.
 * Blocks and peers have the same numbers, which a `Numbering` maps to ranks.
 */
import type { TypedArray } from '../wire/element-type.ts'
import { slice } from './array.ts'
import type { Channel } from './channel.ts'
import { startOf } from './partition.ts'
import type { Partition } from './partition.ts'
import { absoluteRank, participantRank, relativeRank } from './patterns.ts'
import type { Fold } from './patterns.ts'

export interface Numbering {
  /** This rank's number, 0 … size−1. */
  readonly number: number
  readonly size: number
  /** The block that has this number. */
  blockOf(number: number): number
  rankOf(number: number): number
}

/** All ranks, the root as number 0. */
export function relativeTo(root: number, { rank, size }: Channel): Numbering {
  const blockOf = (number: number): number => absoluteRank(number, root, size)
  return { number: relativeRank(rank, root, size), size, blockOf, rankOf: blockOf }
}

/** The participants of a fold, one of them as number 0. */
export function participants({ participant, powerOfTwo: size, remainder }: Fold, root: number): Numbering {
  const blockOf = (number: number): number => absoluteRank(number, root, size)
  const rankOf = (number: number): number => participantRank(blockOf(number), remainder)
  return { number: relativeRank(participant, root, size), size, blockOf, rankOf }
}

export interface Blocks {
  readonly number: number
  readonly size: number
  /** Sends the blocks `first … first + count − 1`, modulo size. */
  send(first: number, count: number, destination: number): Promise<void>
  /** Receives such a run; the other side sends the same one. */
  receive(first: number, count: number, source: number): Promise<void>
}

/** Values of any kind: `list[block]`. */
export class ValueBlocks implements Blocks {
  readonly #channel: Channel
  readonly #numbering: Numbering
  readonly list: unknown[]

  constructor(channel: Channel, numbering: Numbering, list: unknown[]) {
    this.#channel = channel
    this.#numbering = numbering
    this.list = list
  }

  get number(): number {
    return this.#numbering.number
  }

  get size(): number {
    return this.#numbering.size
  }

  send(first: number, count: number, destination: number): Promise<void> {
    const run = Array.from({ length: count }, (_, i) => this.list[this.#block(first + i)])
    return this.#channel.send(count === 1 ? run[0] : run, this.#numbering.rankOf(destination))
  }

  async receive(first: number, count: number, source: number): Promise<void> {
    const received = await this.#channel.receive(this.#numbering.rankOf(source))
    const run = count === 1 ? [received] : (received as unknown[])
    for (let i = 0; i < count; i++) this.list[this.#block(first + i)] = run[i]
  }

  #block(number: number): number {
    return this.#numbering.blockOf(number % this.size)
  }
}

/** The blocks of one typed array. A run that wraps round its end travels as two messages. */
export class ArrayBlocks implements Blocks {
  readonly #channel: Channel
  readonly #numbering: Numbering
  readonly #array: TypedArray
  readonly #partition: Partition

  constructor(channel: Channel, numbering: Numbering, array: TypedArray, partition: Partition) {
    this.#channel = channel
    this.#numbering = numbering
    this.#array = array
    this.#partition = partition
  }

  get number(): number {
    return this.#numbering.number
  }

  get size(): number {
    return this.#numbering.size
  }

  async send(first: number, count: number, destination: number): Promise<void> {
    const rank = this.#numbering.rankOf(destination)
    await Promise.all(this.#pieces(first, count).map((piece) => this.#channel.send(piece, rank)))
  }

  async receive(first: number, count: number, source: number): Promise<void> {
    const rank = this.#numbering.rankOf(source)
    await Promise.all(this.#pieces(first, count).map((piece) => this.#channel.receiveInto(piece, rank)))
  }

  #pieces(first: number, count: number): TypedArray[] {
    const block = this.#numbering.blockOf(first % this.size)
    const wrapped = Math.max(0, block + count - this.size)
    const straight = this.#range(block, block + count - wrapped)
    return wrapped === 0 ? [straight] : [straight, this.#range(0, wrapped)]
  }

  #range(from: number, to: number): TypedArray {
    const start = startOf(this.#partition, from)
    return slice(this.#array, start, startOf(this.#partition, to) - start)
  }
}
