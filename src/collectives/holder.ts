/** A value that is passed on from rank to rank: any value, or a typed array in memory that somebody owns. */
import type { TypedArray } from '../wire/element-type.ts'
import type { Channel } from './channel.ts'

export interface Holder {
  /** What is held now: to be sent. Unchanged until something is filled or folded in. */
  readonly value: unknown
  /** Holds what `source` sends next. */
  fill(source: number): Promise<void>
}

/** The value of one rank, to be folded with those of all others. */
export interface Operand {
  readonly value: unknown
  /** Value = the fold of `parts`, one of each rank in rank order; what stands at this rank's place does not count. */
  fold(parts: readonly unknown[], rank: number): void
}

export class ValueHolder implements Holder {
  readonly #channel: Channel
  value: unknown

  constructor(channel: Channel, value: unknown) {
    this.#channel = channel
    this.value = value
  }

  async fill(source: number): Promise<void> {
    this.value = await this.#channel.receive(source)
  }
}

export class ArrayHolder implements Holder {
  readonly #channel: Channel
  readonly value: TypedArray

  constructor(channel: Channel, target: TypedArray) {
    this.#channel = channel
    this.value = target
  }

  fill(source: number): Promise<void> {
    return this.#channel.receiveInto(this.value, source)
  }
}
