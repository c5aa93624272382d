/**
 * Channels between simulated ranks in one process: the real algorithms run on them, in virtual time. Arrays are stand-ins:
 * each byte of theirs counts as `scale` bytes, so that a thousand ranks with large arrays fit in memory.
 */
import type { Channel } from '../../src/collectives/channel.ts'
import type { Kernel } from '../../src/collectives/kernels.ts'
import { Scratch } from '../../src/collectives/scratch.ts'
import { isTypedArray, type TypedArray } from '../../src/wire/element-type.ts'
import { EventQueue } from './event-queue.ts'
import type { Cost, Model } from './model.ts'

interface Rank {
  /** Until when its processor and its ports are busy. */
  processor: number
  outgoing: number
  incoming: number
  /** Longest chain of messages that has reached it. */
  depth: number
  bytes: number
}

interface Message {
  readonly value: unknown
  readonly depth: number
}

interface Lane {
  readonly arrived: Message[]
  readonly waiting: ((message: Message) => void)[]
}

export class SimulatedNetwork {
  readonly #model: Model
  readonly #scale: number
  readonly #ranks: Rank[]
  readonly #lanes = new Map<number, Lane>()
  readonly #events = new EventQueue()

  constructor(size: number, model: Model, scale: number) {
    this.#model = model
    this.#scale = scale
    this.#ranks = Array.from({ length: size }, () => ({ processor: 0, outgoing: 0, incoming: 0, depth: 0, bytes: 0 }))
  }

  /** Runs one rank's program on every rank. Resolves with what it cost when all are done. */
  async run(program: (channel: Channel, kernel: Kernel) => Promise<unknown>): Promise<Cost> {
    let seconds = 0
    const programs = this.#ranks.map(async (state, rank) => {
      await program(this.#channel(rank), this.#kernel(state))
      seconds = Math.max(seconds, this.#events.now, state.processor)
    })
    let unfinished = programs.length
    for (const done of programs) void done.then(() => (unfinished -= 1))
    await this.#events.drain()
    if (unfinished > 0)
      throw new Error(`${unfinished} of ${programs.length} ranks wait for a message that nobody sends`)
    await Promise.all(programs)
    return {
      steps: Math.max(...this.#ranks.map(({ depth }) => depth)),
      bytes: Math.max(...this.#ranks.map(({ bytes }) => bytes)),
      seconds,
    }
  }

  #channel(rank: number): Channel {
    return {
      rank,
      size: this.#ranks.length,
      scratch: new Scratch(),
      copy: (value) => value,
      encode: noBoard,
      pack: noBoard,
      unpack: noBoard,
      send: (value, destination) => this.#send(value, rank, destination),
      receive: async (source) => (await this.#receive(source, rank)).value,
      receiveInto: async (_target: TypedArray, source: number) => void (await this.#receive(source, rank)),
    }
  }

  /** Only takes time: what the arrays hold does not matter. */
  #kernel(state: Rank): Kernel {
    return (_left, _right, target) => {
      this.#work(state, target.byteLength * this.#scale * this.#model.reduce)
    }
  }

  #work(state: Rank, seconds: number): number {
    state.processor = Math.max(state.processor, this.#events.now) + seconds
    return state.processor
  }

  #send(value: unknown, source: number, destination: number): Promise<void> {
    const { latency, overhead, bandwidth } = this.#model
    const sender = this.#rank(source)
    const receiver = this.#rank(destination)
    const bytes = byteLengthOf(value) * this.#scale
    const message = { value, depth: sender.depth + 1 }
    sender.bytes += bytes
    const start = Math.max(this.#work(sender, overhead), sender.outgoing)
    sender.outgoing = start + bytes / bandwidth
    this.#events.at(start + latency, () => {
      receiver.incoming = Math.max(this.#events.now, receiver.incoming) + bytes / bandwidth
      this.#events.at(receiver.incoming, () => this.#arrive(message, source, destination))
    })
    return this.#events.reach(sender.outgoing)
  }

  #arrive(message: Message, source: number, destination: number): void {
    const lane = this.#lane(source, destination)
    const receiver = lane.waiting.shift()
    if (receiver === undefined) lane.arrived.push(message)
    else {
      if (lane.waiting.length === 0) this.#lanes.delete(source * this.#ranks.length + destination)
      receiver(message)
    }
  }

  async #receive(source: number, rank: number): Promise<Message> {
    const lane = this.#lane(source, rank)
    const message = lane.arrived.shift() ?? (await new Promise<Message>((resolve) => lane.waiting.push(resolve)))
    const state = this.#rank(rank)
    await this.#events.reach(this.#work(state, this.#model.overhead))
    state.depth = Math.max(state.depth, message.depth)
    return message
  }

  #lane(source: number, destination: number): Lane {
    const key = source * this.#ranks.length + destination
    const lane = this.#lanes.get(key) ?? { arrived: [], waiting: [] }
    this.#lanes.set(key, lane)
    return lane
  }

  #rank(rank: number): Rank {
    const state = this.#ranks[rank]
    if (state === undefined) throw new RangeError(`rank ${rank} is not among ${this.#ranks.length} ranks`)
    return state
  }
}

/** Bytes of an array, or of all arrays in a list. */
function byteLengthOf(value: unknown): number {
  if (isTypedArray(value)) return value.byteLength
  return Array.isArray(value) ? value.reduce((sum: number, item) => sum + byteLengthOf(item), 0) : 0
}

/** Only what goes by a board is packed. */
function noBoard(): never {
  throw new Error('bug: the simulation has no shared memory')
}
