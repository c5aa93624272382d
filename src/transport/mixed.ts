/**
 * One transport out of two: shared memory for the ranks of this host that it reaches, another one for the rest. The
 * other is opened at first need, which on one host is mostly never: then its cost in time and memory is not paid.
 *
 * Invariant: what goes to one rank goes one way; where shared memory gives up before it has carried anything, all goes
 * the other way, in order.
 */
import { Header } from '../wire/header.ts'
import { openSharedMemory } from './shared-memory/open.ts'
import type { Board } from './board.ts'
import type { SharedMemory, SharedMemoryOptions } from './shared-memory/shared-memory.ts'
import type { Native } from './native.ts'
import type { PacketLimits, Receiver, Transport } from './transport.ts'

/** The other transport before it is open. */
export interface Far {
  readonly limits: PacketLimits
  /** Resolves when others can reach this process there. */
  open(): Promise<Transport>
}

export interface MixedOptions extends Omit<SharedMemoryOptions, 'divert' | 'elsewhere'> {
  /** Where the segment of this host's ranks is. */
  readonly segment: string
  readonly far: Far
  /** Told in one line when a rank of this host is reached the other way. */
  readonly say: (text: string) => void
}

interface Waiting {
  readonly peer: number
  readonly header: Header
  readonly body: ArrayBufferView | undefined
}

/**
 * Opens the shared memory of this host for its ranks, or says in a few words why there is none. When ranks of other
 * hosts must find this one, `open` the other transport at once.
 *
 * @param native for tests, see openSharedMemory
 */
export function openMixed(options: MixedOptions, native?: Native | string): Mixed | string {
  const { segment, far, say, ...rest } = options
  const { neighbours, receiver } = options
  let mixed: Mixed | undefined
  const near = openSharedMemory(
    segment,
    {
      ...rest,
      divert: (peer, packets, reason) => {
        say(`rank ${peer} is not reached through shared memory: ${reason}`)
        for (const { header, body } of packets) mixed?.divert(peer, header, body)
      },
      elsewhere: () => mixed?.open(),
    },
    native,
  )
  if (typeof near === 'string') return near
  mixed = new Mixed(near, neighbours, far, receiver)
  return mixed
}

export class Mixed implements Transport {
  readonly #near: SharedMemory | undefined
  readonly #options: Far
  readonly #receiver: Receiver
  /** Ranks reached through shared memory. */
  readonly #isNear: boolean[] = []
  #far: Transport | undefined
  #opening: Promise<void> | undefined
  /** Packets for the other transport until it is open. */
  #waiting: Waiting[] = []
  #active = false
  #closed = false

  /** Without `near` everything goes the other way, which is the case of one transport that is loaded late. */
  constructor(near: SharedMemory | undefined, neighbours: readonly number[], far: Far, receiver: Receiver) {
    this.#near = near
    this.#options = far
    this.#receiver = receiver
    for (const rank of neighbours) this.#isNear[rank] = near !== undefined
  }

  limits(peer: number): PacketLimits {
    return this.#towards(peer)?.limits(peer) ?? this.#options.limits
  }

  send(peer: number, header: Header, body?: ArrayBufferView): void {
    const transport = this.#towards(peer)
    if (transport === undefined) this.#keep(peer, header, body)
    else transport.send(peer, header, body)
  }

  poll(): void {
    this.#near?.poll()
    this.#far?.poll()
  }

  glance(peer: number, looks: number): boolean {
    return this.#isNear[peer] === true && this.#near?.glance(peer, looks) === true
  }

  listen(active: boolean): void {
    this.#active = active
    this.#near?.listen(active)
    this.#far?.listen(active)
  }

  expose(peer: number, body: ArrayBufferView): number | undefined {
    return this.#towards(peer)?.expose(peer, body)
  }

  invite(peer: number, bytes: number, target: () => Uint8Array): number | undefined {
    return this.#towards(peer)?.invite(peer, bytes, target)
  }

  push(peer: number, address: number, source: Uint8Array): boolean {
    return this.#towards(peer)?.push(peer, address, source) ?? false
  }

  pull(peer: number, address: number, target: Uint8Array): boolean {
    return this.#towards(peer)?.pull(peer, address, target) ?? false
  }

  board(): Board | undefined {
    return this.#near?.board()
  }

  queued(peer: number): number {
    return this.#towards(peer)?.queued(peer) ?? this.#waiting.filter((packet) => packet.peer === peer).length
  }

  drop(peer: number): void {
    this.#near?.drop(peer)
    this.#far?.drop(peer)
    this.#waiting = this.#waiting.filter((packet) => packet.peer !== peer)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#waiting = []
    await this.#near?.close()
    await this.#opening
    await this.#far?.close()
  }

  /** Opens the other transport, unless that was begun. */
  open(): void {
    if (!this.#closed) this.#opening ??= this.#open()
  }

  /** Shared memory has given a rank up: this packet and all later ones go the other way. */
  divert(peer: number, header: Header, body: ArrayBufferView | undefined): void {
    this.#isNear[peer] = false
    this.send(peer, header, body)
  }

  #towards(peer: number): Transport | undefined {
    return this.#isNear[peer] === true ? this.#near : this.#far
  }

  #keep(peer: number, header: Header, body: ArrayBufferView | undefined): void {
    if (this.#closed) return
    const taken =
      body !== undefined && body.byteLength <= this.#options.limits.eagerBytes
        ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
        : body
    this.#waiting.push({ peer, header: Object.assign(new Header(), header), body: taken })
    this.open()
  }

  async #open(): Promise<void> {
    try {
      const far = await this.#options.open()
      this.#far = far
      for (const { peer, header, body } of this.#waiting) far.send(peer, header, body)
      if (this.#active) far.listen(true)
    } catch (error) {
      const peers = new Set(this.#waiting.map(({ peer }) => peer))
      for (const peer of peers) this.#receiver.lost(peer, error instanceof Error ? error.message : String(error), false)
    }
    this.#waiting = []
  }
}
