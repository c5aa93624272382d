/**
 * A network of p channels within one process, for testing collectives. Seeded: messages take a random number of turns,
 * each pair's in order. Arrays above a few bytes are borrowed: they are read when the message leaves, just before
 * `send` resolves, so that whoever changes them before that is found out. What a receiver gets is its own.
 */
import { copyOf } from '../../src/collectives/array.ts'
import type { Channel } from '../../src/collectives/channel.ts'
import { Scratch } from '../../src/collectives/scratch.ts'
import { place } from '../../src/collectives/placement.ts'
import { Codec } from '../../src/wire/codec.ts'
import { isTypedArray } from '../../src/wire/element-type.ts'
import type { TypedArray } from '../../src/wire/element-type.ts'
import { Random } from './random.ts'

/** One message to be delivered or awaited between a pair of ranks. */
interface Lane {
  readonly arrived: unknown[]
  readonly waiting: ((value: unknown) => void)[]
  /** Ends when the last message sent so far has arrived. */
  last: Promise<void>
}

export interface Traffic {
  messages: number
  bytes: number
}

export class ChannelNetwork {
  readonly size: number
  readonly channels: readonly Channel[]
  readonly traffic: Traffic = { messages: 0, bytes: 0 }
  readonly #lanes: Lane[]
  readonly #random: Random
  readonly #codec = new Codec()

  constructor(size: number, seed: number) {
    this.size = size
    this.#random = new Random(seed)
    this.#lanes = Array.from({ length: size * size }, () => ({ arrived: [], waiting: [], last: Promise.resolve() }))
    this.channels = Array.from({ length: size }, (_, rank) => this.#channel(rank))
  }

  /** Runs one rank's program on every channel at once. Resolves with their results, in rank order. */
  run<T>(program: (channel: Channel) => Promise<T>): Promise<T[]> {
    return Promise.all(this.channels.map((channel) => program(channel)))
  }

  /** Messages that nobody received, and receives that got nothing. */
  leftovers(): number {
    return this.#lanes.reduce((sum, { arrived, waiting }) => sum + arrived.length + waiting.length, 0)
  }

  #channel(rank: number): Channel {
    return {
      rank,
      size: this.size,
      scratch: new Scratch(),
      copy: own,
      encode: (value) => this.#codec.encode(value),
      pack: (value) => this.#codec.pack(value),
      unpack: (type, body, bytes) => this.#codec.unpack(type, body, bytes),
      send: (value, destination) => this.#send(value, rank, destination),
      receive: (source) => this.#receive(source, rank),
      receiveInto: async (target: TypedArray, source: number) =>
        place(target, await this.#receive(source, rank), 'receiveInto'),
    }
  }

  async #send(value: unknown, source: number, destination: number): Promise<void> {
    if (source === destination) throw new Error(`bug: rank ${source} sends to itself`)
    const lane = this.#lane(source, destination)
    const isBorrowed = isTypedArray(value) && value.byteLength > 64
    const kept = isBorrowed ? value : own(value)
    this.traffic.messages += 1
    this.traffic.bytes += isTypedArray(value) ? value.byteLength : 0
    const before = lane.last
    lane.last = this.#travel().then(async () => {
      await before
      const message = isBorrowed ? own(kept) : kept
      const receiver = lane.waiting.shift()
      if (receiver === undefined) lane.arrived.push(message)
      else receiver(message)
    })
    return isBorrowed ? lane.last : undefined
  }

  #receive(source: number, rank: number): Promise<unknown> {
    const lane = this.#lane(source, rank)
    if (lane.arrived.length > 0) return Promise.resolve(lane.arrived.shift())
    return new Promise((resolve) => lane.waiting.push(resolve))
  }

  async #travel(): Promise<void> {
    const turns = this.#random.below(6)
    if (turns === 5) await new Promise((resolve) => setImmediate(resolve))
    else for (let turn = 0; turn < turns; turn++) await Promise.resolve()
  }

  #lane(source: number, destination: number): Lane {
    const lane = this.#lanes[source * this.size + destination]
    if (lane === undefined) throw new RangeError(`rank ${source} or ${destination} is not among ${this.size} ranks`)
    return lane
  }
}

function own<T>(value: T): T {
  return isTypedArray(value) ? copyOf(value) : structuredClone(value)
}
