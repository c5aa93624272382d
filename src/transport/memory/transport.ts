/** The transport of one rank in a network of memory: delivers what is due, one packet of any source after the other. */
import type { Body } from '../../wire/body.ts'
import { Header, HEADER_WORDS, Kind, readHeader, writeHeader } from '../../wire/header.ts'
import type { PacketLimits, Receiver, Transport } from '../transport.ts'
import { Lane } from './lane.ts'

const POISON = 0xa5
/** From here on both sides copy. */
const SHARED_COPY = 16 * 1024

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

/** What a transport needs of its network. */
export interface Network {
  readonly settings: Required<MemorySettings>
  /** Takes a packet along, which vanishes where nobody is any more. */
  carry(from: number, to: number, words: Int32Array, bytes: Uint8Array | undefined): void
  /** Nothing more goes from one rank to another. */
  end(from: number, to: number, reason: string): void
  /** A number of the seeded sequence, from 0 to below `limit`. */
  below(limit: number): number
  /** Starts the next turn and returns its number. */
  nextTurn(): number
  /** Delivers, from the next turn on, to those who listen, as long as anything waits for them. */
  schedule(): void
  /** An address of these bytes. */
  expose(bytes: Uint8Array): number
  /** What lies from an address on. */
  exposed(address: number): Uint8Array | undefined
}

export class MemoryTransport implements Transport {
  readonly #limits: PacketLimits
  readonly #network: Network
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

  constructor(network: Network, rank: number, receiver: Receiver) {
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
