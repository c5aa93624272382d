/**
 * Any number of ranks in one process, for tests: a network that delays and interleaves by a seed, and cuts on request.
 *
 * Packets of one pair keep their order; those of different pairs overtake each other. The same seed and the same calls
 * give the same order. It is unkind within the contract: a borrowed body is read as late as it is delivered, and a
 * delivered body that is not owned lies unaligned and is overwritten after the call.
 */
import { Header, HEADER_WORDS, Kind, readHeader, writeHeader } from '../wire/header.ts'
import type { Body } from '../wire/body.ts'
import type { PacketLimits, Receiver, Transport } from './transport.ts'

export interface MemorySettings {
  /** Default 1. */
  readonly seed?: number
  /** A packet waits for up to so many turns of the event loop. Default 3. */
  readonly delay?: number
  /** Default 1024. */
  readonly eagerLimit?: number
  /** Default 4096. */
  readonly fragmentBytes?: number
  /** Whether memory can be read by peers: `refused` gives addresses, but does not let read. Default `no`. */
  readonly direct?: 'yes' | 'no' | 'refused'
}

interface Packet {
  readonly due: number
  readonly words: Int32Array
  readonly bytes: Uint8Array | undefined
}

/** One direction of one pair: packets from `next` on, then the end. */
class Lane {
  readonly source: number
  readonly packets: Packet[] = []
  next = 0
  end: string | undefined

  constructor(source: number) {
    this.source = source
  }

  get waiting(): boolean {
    return this.next < this.packets.length || this.end !== undefined
  }

  isDue(turn: number): boolean {
    return this.waiting && (this.packets[this.next]?.due ?? 0) <= turn
  }

  /** The next packet, or undefined at the end. */
  take(): Packet | undefined {
    const packet = this.packets[this.next++]
    if (this.next >= this.packets.length) this.packets.length = this.next = 0
    return packet
  }
}

const POISON = 0xa5
/** Addresses that one exposure takes, and how many of the latest can be reached. */
const SPACING = 2 ** 32
const KEPT_EXPOSURES = 4096
/** From here on both sides copy. */
const SHARED_COPY = 16 * 1024

export class MemoryNetwork {
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

  /** For the transports: nothing more goes from one rank to another. */
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

  /** A number of the seeded sequence, from 0 to below `limit`. */
  below(limit: number): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  /** Starts the next turn and returns its number. */
  nextTurn(): number {
    return ++this.#turn
  }

  /** Delivers, from the next turn on, to those who listen, as long as anything waits for them. */
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

  /** What lies from an address on. */
  exposed(address: number): Uint8Array | undefined {
    return this.#exposed.get(Math.floor(address / SPACING))?.subarray(address % SPACING)
  }
}

class MemoryTransport implements Transport {
  readonly #limits: PacketLimits
  readonly #network: MemoryNetwork
  readonly #rank: number
  readonly #receiver: Receiver
  readonly #lanes = new Map<number, Lane>()
  readonly #contacts = new Set<number>()
  readonly #gone = new Set<number>()
  readonly #header = new Header()
  readonly #body: Body = { bytes: new Uint8Array(0), offset: 0, owned: false, memory: undefined }
  #alive: NodeJS.Timeout | undefined
  #delivering = false
  #closed = false

  constructor(network: MemoryNetwork, rank: number, receiver: Receiver) {
    this.#network = network
    this.#rank = rank
    this.#receiver = receiver
    const { eagerLimit, fragmentBytes } = network.settings
    this.#limits = { eagerBytes: eagerLimit, fragmentBytes }
  }

  get closed(): boolean {
    return this.#closed
  }

  get listening(): boolean {
    return this.#alive !== undefined
  }

  /** Whether something waits for it. */
  get expectant(): boolean {
    for (const lane of this.#lanes.values()) if (lane.waiting) return true
    return false
  }

  hasLost(peer: number): boolean {
    return this.#gone.has(peer)
  }

  laneFrom(source: number): Lane {
    let lane = this.#lanes.get(source)
    if (lane === undefined) this.#lanes.set(source, (lane = new Lane(source)))
    return lane
  }

  limits(): PacketLimits {
    return this.#limits
  }

  send(peer: number, header: Header, body?: ArrayBufferView): void {
    if (this.#closed || this.#gone.has(peer)) return
    const words = new Int32Array(HEADER_WORDS)
    writeHeader(header, words, 0)
    const bytes = body === undefined ? undefined : new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
    this.#contacts.add(peer)
    this.#network.carry(
      this.#rank,
      peer,
      words,
      bytes && bytes.byteLength <= this.#limits.eagerBytes ? bytes.slice() : bytes,
    )
  }

  poll(): void {
    if (this.#closed) return
    this.deliver(this.#network.nextTurn())
  }

  listen(active: boolean): void {
    if (active && this.#alive === undefined && !this.#closed) {
      this.#alive = setInterval(() => undefined, 2 ** 31 - 1)
      this.#network.schedule()
    } else if (!active) {
      clearInterval(this.#alive)
      this.#alive = undefined
    }
  }

  /** Delivers what is due, from one source or another by chance. Stops when the receiver stops listening meanwhile. */
  deliver(turn: number): void {
    if (this.#delivering) throw new Error('poll was called from within a delivery')
    const wanted = this.#alive === undefined ? () => true : () => this.#alive !== undefined
    this.#delivering = true
    try {
      const due = [...this.#lanes.values()].filter((lane) => lane.isDue(turn))
      while (due.length > 0 && wanted()) {
        const chosen = this.#network.below(due.length)
        const lane = due[chosen]
        if (lane !== undefined && !this.#gone.has(lane.source)) this.#deliverOne(lane)
        if (lane === undefined || this.#gone.has(lane.source) || !lane.isDue(turn)) due.splice(chosen, 1)
      }
    } finally {
      this.#delivering = false
    }
  }

  expose(_peer: number, body: ArrayBufferView): number | undefined {
    if (this.#network.settings.direct === 'no') return undefined
    return this.#network.expose(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
  }

  invite(_peer: number, bytes: number, target: () => Uint8Array): number | undefined {
    const { direct } = this.#network.settings
    return direct === 'no' || bytes < SHARED_COPY ? undefined : this.#network.expose(target())
  }

  push(_peer: number, address: number, source: Uint8Array): boolean {
    const target = this.#network.exposed(address)
    if (target === undefined || this.#network.settings.direct !== 'yes') return false
    target.set(source)
    return true
  }

  pull(_peer: number, address: number, target: Uint8Array): boolean {
    const bytes = this.#network.exposed(address)
    if (bytes === undefined || this.#network.settings.direct !== 'yes') return false
    target.set(bytes.subarray(0, target.byteLength))
    return true
  }

  queued(): number {
    return 0
  }

  drop(peer: number): void {
    this.#gone.add(peer)
    this.#lanes.delete(peer)
    if (this.#contacts.has(peer)) this.#network.end(this.#rank, peer, 'connection closed')
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.listen(false)
    this.#closed = true
    for (const peer of this.#contacts) this.#network.end(this.#rank, peer, 'connection closed')
  }

  #deliverOne(lane: Lane): void {
    const packet = lane.take()
    const wrong = packet === undefined ? (lane.end ?? '') : readHeader(packet.words, 0, this.#header)
    if (packet === undefined || wrong !== undefined) {
      this.#gone.add(lane.source)
      this.#lanes.delete(lane.source)
      this.#receiver.lost(lane.source, wrong ?? '', packet !== undefined)
      return
    }
    const bytes = packet.bytes ?? new Uint8Array(0)
    if (bytes.byteLength !== (this.#header.kind === Kind.announce ? 0 : this.#header.bytes)) {
      throw new Error(`a body of ${bytes.byteLength} bytes was sent, its header says ${this.#header.bytes}`)
    }
    this.#body.owned = this.#network.below(2) === 1
    this.#body.offset = this.#body.owned ? 0 : 1 + this.#network.below(7)
    this.#body.bytes = new Uint8Array(this.#body.offset + bytes.byteLength)
    this.#body.bytes.set(bytes, this.#body.offset)
    this.#receiver.packet(this.#header, this.#body)
    if (!this.#body.owned) this.#body.bytes.fill(POISON)
  }
}
