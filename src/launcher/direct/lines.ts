/** The coordinator's lines to the proxies of ranks: where it listens, and which connection is whose. */
import type { Protection } from '../../transport/zeromq/keys.ts'
import { Hub } from '../../transport/zeromq/sockets.ts'
import { encode } from '../remote/messages.ts'
import type { Order, PulsePort } from './messages.ts'
import { PulsePorts } from './pulse-ports.ts'

const LARGEST_REPORT = 64 << 20

export class Lines {
  readonly #pulses: PulsePorts
  /** Of those that were admitted. */
  readonly #connections = new Map<number, string>()
  readonly #ranks = new Map<string, number>()
  #hub: Hub | undefined

  /** @param onSensed the proxy of this rank has shown that it lives */
  constructor(onSensed: (rank: number) => void) {
    this.#pulses = new PulsePorts((connection) => {
      const rank = this.#ranks.get(connection)
      if (rank !== undefined) onSensed(rank)
      return rank !== undefined
    })
  }

  /** Listens at all addresses. Resolves with the endpoints by which others come. */
  async open(addresses: readonly string[], keys: Protection): Promise<readonly string[]> {
    const hub = new Hub(LARGEST_REPORT, keys)
    this.#hub = hub
    const endpoints: string[] = []
    for (const address of addresses) {
      const endpoint = await bind(hub, address)
      endpoints.push(endpoint)
      await this.#pulses.open(endpoint)
    }
    return endpoints
  }

  /** Where signs of life are sensed on the way by which a proxy has come. */
  portFor(via: string): PulsePort {
    return this.#pulses.portFor(via)
  }

  /** Hears what comes until `close`, one after the other. Without frames: the connection has ended. */
  async *reports(): AsyncGenerator<{ readonly connection: string; readonly frames: readonly Buffer[] | undefined }> {
    const hub = this.#hub
    if (hub === undefined) return
    try {
      for (;;) {
        const [name, ...frames] = await hub.receive()
        const isEnd = frames.length === 1 && frames[0]?.length === 0
        yield { connection: name?.toString() ?? '', frames: isEnd ? undefined : frames }
      }
    } catch (error) {
      // A pending receive rejects when its socket is closed.
      if (this.#hub !== undefined) throw error
    }
  }

  has(rank: number): boolean {
    return this.#connections.has(rank)
  }

  rankOf(connection: string): number | undefined {
    return this.#ranks.get(connection)
  }

  admit(connection: string, rank: number): void {
    this.#connections.set(rank, connection)
    this.#ranks.set(connection, rank)
  }

  /** The connection has ended; whose it was. */
  drop(connection: string): number | undefined {
    const rank = this.#ranks.get(connection)
    if (rank === undefined) return undefined
    this.#ranks.delete(connection)
    this.#connections.delete(rank)
    return rank
  }

  tell(rank: number, order: Order): void {
    const connection = this.#connections.get(rank)
    if (connection !== undefined) this.say(connection, order)
  }

  tellAll(order: Order): void {
    for (const connection of this.#connections.values()) this.say(connection, order)
  }

  /** To somebody who may not be admitted. */
  say(connection: string, order: Order): void {
    this.#hub?.send(connection, encode(order))
  }

  close(): void {
    const hub = this.#hub
    this.#hub = undefined
    this.#pulses.close()
    hub?.close()
  }
}

async function bind(hub: Hub, address: string): Promise<string> {
  try {
    return await hub.bind(address)
  } catch (error) {
    throw new Error(`cannot listen at ${address}: ${(error as Error).message}; choose another by ZMPI_RENDEZVOUS`, {
      cause: error,
    })
  }
}
