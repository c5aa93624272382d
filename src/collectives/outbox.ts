/**
 * A block from each rank for each rank, as alltoall sees it: lists of values, or equal blocks of typed arrays.
 * Neither the values that go in nor those that come out share memory with each other.
 */
import type { TypedArray } from '../wire/element-type.ts'
import { allocateLike, assign, slice } from './array.ts'
import type { Channel } from './channel.ts'

/** The direct way: block by block to its destination. */
export interface Outbox {
  readonly rank: number
  readonly size: number
  send(destination: number): Promise<void>
  receive(source: number): Promise<void>
}

export function valueOutbox(channel: Channel, values: readonly unknown[], result: unknown[]): Outbox {
  return {
    rank: channel.rank,
    size: channel.size,
    send: (destination) => channel.send(values[destination], destination),
    receive: async (source) => {
      result[source] = await channel.receive(source)
    },
  }
}

export function arrayOutbox(channel: Channel, values: TypedArray, target: TypedArray): Outbox {
  const count = values.length / channel.size
  return {
    rank: channel.rank,
    size: channel.size,
    send: (destination) => channel.send(slice(values, destination * count, count), destination),
    receive: (source) => channel.receiveInto(slice(target, source * count, count), source),
  }
}

/** The indirect way: slot i holds the block that has i ranks to go, and at the end the one that came i ranks far. */
export interface Slots {
  /** These slots as one message. */
  pack(slots: readonly number[]): unknown
  unpack(slots: readonly number[], message: unknown): void
}

export class ValueSlots implements Slots {
  readonly #list: unknown[]

  constructor({ rank, size }: Channel, values: readonly unknown[]) {
    this.#list = Array.from({ length: size }, (_, slot) => values[(rank + slot) % size])
  }

  pack(slots: readonly number[]): unknown {
    return slots.map((slot) => this.#list[slot])
  }

  unpack(slots: readonly number[], message: unknown): void {
    for (const [i, slot] of slots.entries()) this.#list[slot] = (message as unknown[])[i]
  }

  store({ rank, size }: Channel, result: unknown[]): void {
    for (let slot = 1; slot < size; slot++) result[(rank - slot + size) % size] = this.#list[slot]
  }
}

export class ArraySlots implements Slots {
  readonly #array: TypedArray
  readonly #count: number

  constructor({ rank, size }: Channel, values: TypedArray) {
    this.#count = values.length / size
    this.#array = allocateLike(values, values.length)
    const ahead = rank * this.#count
    assign(this.#array, values.subarray(ahead))
    assign(this.#array.subarray(values.length - ahead), values.subarray(0, ahead))
  }

  pack(slots: readonly number[]): unknown {
    const message = allocateLike(this.#array, slots.length * this.#count)
    for (const [i, slot] of slots.entries()) assign(message.subarray(i * this.#count), this.#slot(slot))
    return message
  }

  unpack(slots: readonly number[], message: unknown): void {
    for (const [i, slot] of slots.entries())
      assign(this.#slot(slot), slice(message as TypedArray, i * this.#count, this.#count))
  }

  store({ rank, size }: Channel, target: TypedArray): void {
    for (let slot = 1; slot < size; slot++)
      assign(target.subarray(((rank - slot + size) % size) * this.#count), this.#slot(slot))
  }

  #slot(slot: number): TypedArray {
    return slice(this.#array, slot * this.#count, this.#count)
  }
}
