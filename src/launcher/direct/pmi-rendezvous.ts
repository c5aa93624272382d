/**
 * The launcher's key-value store (PMI-1) shows the door. Nothing in it is secret, since launchers carry it over the network
 * in the clear: the coordinator's public key, which is fresh for each job, and for each rank the hash of a token. The
 * token itself goes to the coordinator only, encrypted for it; so whoever just reads along can neither listen nor join.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { PmiPort } from '../../bootstrap/engine.ts'
import type { Keys } from '../../transport/zeromq/keys.ts'
import { onNetworks, onThisHost } from './listening.ts'
import { PmiClient } from './pmi-client.ts'
import { countNodes } from './pmi-wire.ts'
import type { Door, Rendezvous } from './rendezvous.ts'

const DOOR = 'zmpi-door'

export class PmiRendezvous implements Rendezvous {
  readonly token: string = randomBytes(32).toString('base64url')
  readonly #at: { readonly fd: number } | PmiPort
  readonly #place: { readonly rank: number; readonly size: number } | undefined
  readonly #wanted: string | undefined
  #client: PmiClient | undefined
  #door: Promise<Door> | undefined

  constructor(
    at: { readonly fd: number } | PmiPort,
    place: { readonly rank: number; readonly size: number } | undefined,
    wanted: string | undefined,
  ) {
    this.#at = at
    this.#place = place
    this.#wanted = wanted
  }

  async begin(): Promise<{ rank: number; size: number }> {
    const place = await this.#connect()
    await this.#store.begin()
    await this.#store.put(keyOf(place.rank), hashOf(this.token))
    return place
  }

  async bindings(): Promise<{ addresses: readonly string[]; keys: Keys }> {
    const { createKeys } = await import('../../transport/zeromq/sockets.ts')
    const isAlone = countNodes(await this.#store.get('PMI_process_mapping')) === 1
    return { addresses: isAlone ? onThisHost() : onNetworks(this.#wanted), keys: createKeys() }
  }

  async open(door: Door): Promise<void> {
    await this.#store.put(DOOR, Buffer.from(JSON.stringify(door)).toString('base64url'))
  }

  find(): Promise<Door> {
    this.#door ??= this.#find()
    return this.#door
  }

  async confirms(rank: number, token: string): Promise<boolean> {
    return (await this.#store.get(keyOf(rank))) === hashOf(token)
  }

  async close(): Promise<void> {
    await this.#client?.end()
  }

  get #store(): PmiClient {
    if (this.#client === undefined) throw new Error('bug: PMI before begin')
    return this.#client
  }

  async #connect(): Promise<{ rank: number; size: number }> {
    if ('fd' in this.#at) {
      this.#client = PmiClient.onDescriptor(this.#at.fd)
      if (this.#place === undefined) throw new Error('PMI_RANK and PMI_SIZE are not set')
      return this.#place
    }
    const { client, rank, size } = await PmiClient.atPort(this.#at)
    this.#client = client
    return { rank, size }
  }

  async #find(): Promise<Door> {
    await this.#store.barrier()
    const text = await this.#store.get(DOOR)
    if (text === undefined) throw new Error(`the launcher's store has no ${DOOR}`)
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as Door
  }
}

function keyOf(rank: number): string {
  return `zmpi-rank-${rank}`
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
