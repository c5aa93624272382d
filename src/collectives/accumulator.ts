/**
 * The partial result of one rank during a reduction, so that an algorithm is written once: over values, which are
 * combined by calling the operator, and over typed arrays, which are combined in place.
 * Its invariant: neither the caller's value nor anything that a send still reads is ever changed.
 */
import type { TypedArray } from '../wire/element-type.ts'
import { allocateLike, assign, slice } from './array.ts'
import { describeOp } from './built-in.ts'
import { both, snapshot } from './channel.ts'
import type { Channel } from './channel.ts'
import { failureOf, isFailure } from './failure.ts'
import type { Holder, Operand } from './holder.ts'
import type { Kernel } from './kernels.ts'
import type { Op } from './op.ts'

export interface Accumulator extends Holder {
  /** Takes the next partial result from `source`. What it resolves with is to be handed to `prepend` or `append`. */
  receive(source: number): Promise<unknown>
  /** value = op(received, value): `received` is of lower ranks. */
  prepend(received: unknown): void
  /** value = op(value, received): `received` is of higher ranks. */
  append(received: unknown): void
}

/** Sends the partial result to one rank and receives another's at the same time. */
export function exchangePartials(
  channel: Channel,
  accumulator: Accumulator,
  destination: number,
  source: number,
): Promise<unknown> {
  const sent = channel.send(accumulator.value, destination)
  return both(sent, accumulator.receive(source))
}

/** Any value, any operator. What the operator throws becomes a `Failure`, which swallows what it meets. */
export class ValueAccumulator<T> implements Accumulator, Operand {
  readonly #channel: Channel
  readonly #op: Op<T>
  #value: unknown

  constructor(channel: Channel, value: T, op: Op<T>) {
    this.#channel = channel
    this.#op = op
    // Now, as the caller may change it after the call; and the operator may return, keep or even change what it gets.
    this.#value = snapshot(channel, value)
  }

  get value(): unknown {
    return this.#value
  }

  receive(source: number): Promise<unknown> {
    return this.#channel.receive(source)
  }

  prepend(received: unknown): void {
    this.#value = this.#combine(received, this.#value)
  }

  append(received: unknown): void {
    this.#value = this.#combine(this.#value, received)
  }

  async fill(source: number): Promise<void> {
    this.#value = await this.#channel.receive(source)
  }

  fold(parts: readonly unknown[], rank: number): void {
    this.#value = parts
      .map((part, peer) => (peer === rank ? this.#value : part))
      .reduce((total, part) => this.#combine(total, part))
  }

  #combine(lower: unknown, higher: unknown): unknown {
    if (isFailure(lower)) return lower
    if (isFailure(higher)) return higher
    try {
      const result = this.#op(lower as T, higher as T)
      if (result instanceof Promise || typeof result === 'function' || typeof result === 'symbol')
        throw new TypeError(`it returned a ${result instanceof Promise ? 'promise' : typeof result}, not a value`)
      return result
    } catch (error) {
      return failureOf(this.#channel.rank, describeOp(this.#op), error)
    }
  }
}

/**
 * Typed arrays, combined by a kernel. Reads the caller's `source` where it lies until the first fold, and writes only to
 * `target`: the caller's memory for results (which may be `source`), or, when not given, memory made when it is needed.
 */
export class ArrayAccumulator<A extends TypedArray> implements Accumulator, Operand {
  readonly #channel: Channel
  readonly #kernel: Kernel
  #value: A
  #target: A | undefined
  #scratch: A | undefined

  constructor(channel: Channel, source: A, kernel: Kernel, target?: A) {
    this.#channel = channel
    this.#kernel = kernel
    this.#value = source
    this.#target = target
  }

  get value(): A {
    return this.#value
  }

  /** What comes lies in `#scratch`, and nothing is handed on. */
  receive(source: number): Promise<void> {
    return this.#channel.receiveInto(this.#incoming(), source)
  }

  prepend(): void {
    this.#kernel(this.#incoming(), this.#value, this.#memory())
    this.#value = this.#memory()
  }

  append(): void {
    this.#kernel(this.#value, this.#incoming(), this.#memory())
    this.#value = this.#memory()
  }

  /** The parts of lower ranks are folded in their own memory. */
  fold(parts: readonly unknown[], rank: number): void {
    const partOf = (peer: number): A => (peer === rank ? this.#value : (parts[peer] as A))
    let total = partOf(0)
    for (let peer = 1; peer < parts.length; peer++) {
      const into = peer < rank ? total : this.#memory()
      this.#kernel(total, partOf(peer), into)
      total = into
    }
    this.#value = total
  }

  async fill(source: number): Promise<void> {
    await this.#channel.receiveInto(this.#memory(), source)
    this.#value = this.#memory()
  }

  /** The result: in `target`, or in memory of its own. */
  result(): A {
    const target = this.#memory()
    if (this.#value !== target) assign(target, this.#value)
    this.release()
    return target
  }

  /** Nothing more will be received. */
  release(): void {
    if (this.#scratch !== undefined) this.#channel.scratch.give(this.#scratch)
    this.#scratch = undefined
  }

  #incoming(): A {
    const { length } = this.#value
    this.#scratch ??= this.#channel.scratch.take(this.#value, length)
    return this.#scratch.length === length ? this.#scratch : slice(this.#scratch, 0, length)
  }

  #memory(): A {
    return (this.#target ??= allocateLike(this.#value, this.#value.length))
  }
}
