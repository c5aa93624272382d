/**
 * Any number of ranks in one process, for tests: a network that delays and interleaves by a seed, and cuts on request.
 *
 * Packets of one pair keep their order; those of different pairs overtake each other. The same seed and the same calls
 * give the same order. It is unkind within the contract: a borrowed body is read as late as it is delivered, and a
 * delivered body that is not owned lies unaligned and is overwritten after the call.
 */
import { MemoryTransport, type MemorySettings, type Network } from './memory/transport.ts'
import type { Receiver, Transport } from './transport.ts'

export type { MemorySettings }

/** Addresses that one exposure takes, and how many of the latest can be reached. */
const SPACING = 2 ** 32
const KEPT_EXPOSURES = 4096

export class MemoryNetwork implements Network {
  readonly settings: Required<MemorySettings>
  readonly #endpoints = new Map<number, MemoryTransport>()
  readonly #exposed = new Map<number, Uint8Array>()
  #exposures = 0
  #random: number
  #turn = 0
  #scheduled = false

  constructor(settings: MemorySettings = {}) {
    this.settings = { seed: 1, delay: 3, eagerLimit: 1024, fragmentBytes: 4096, direct: 'no', ...settings }
    this.#random = this.settings.seed >>> 0
  }

  /** The transport of one rank. */
  join(rank: number, receiver: Receiver): Transport {
    const transport = new MemoryTransport(this, rank, receiver)
    this.#endpoints.set(rank, transport)
    return transport
  }

  /** Breaks the connection of two ranks: each gets a part of what is under way, then `lost`. */
  cut(one: number, other: number): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const lane = this.#endpoints.get(to)?.laneFrom(from)
      if (lane !== undefined) lane.packets.length = lane.next + this.below(lane.packets.length - lane.next + 1)
      this.end(from, to, 'connection broken')
    }
  }

  end(from: number, to: number, reason: string): void {
    const endpoint = this.#endpoints.get(to)
    if (endpoint === undefined || endpoint.hasLost(from)) return
    endpoint.laneFrom(from).end ??= reason
    if (endpoint.listening) this.schedule()
  }

  carry(from: number, to: number, words: Int32Array, bytes: Uint8Array | undefined): void {
    const endpoint = this.#endpoints.get(to)
    if (endpoint === undefined || endpoint.closed) {
      this.end(to, from, 'connection closed')
      return
    }
    const lane = endpoint.laneFrom(from)
    if (lane.end !== undefined || endpoint.hasLost(from)) return
    const earliest = this.#turn + this.below(this.settings.delay + 1)
    lane.packets.push({ due: Math.max(earliest, lane.packets.at(-1)?.due ?? 0), words, bytes })
    if (endpoint.listening) this.schedule()
  }

  below(limit: number): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  nextTurn(): number {
    return ++this.#turn
  }

  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      const turn = this.nextTurn()
      const endpoints = [...this.#endpoints.values()]
      for (const endpoint of endpoints) if (endpoint.listening) endpoint.deliver(turn)
      if (endpoints.some((endpoint) => endpoint.listening && endpoint.expectant)) this.schedule()
    })
  }

  expose(bytes: Uint8Array): number {
    const number = ++this.#exposures
    this.#exposed.set(number, bytes)
    this.#exposed.delete(number - KEPT_EXPOSURES)
    return number * SPACING
  }

  exposed(address: number): Uint8Array | undefined {
    return this.#exposed.get(Math.floor(address / SPACING))?.subarray(address % SPACING)
  }
}
