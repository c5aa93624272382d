/** All ranks know the address of rank 0 and a secret, from which they derive the key to its door. */
import { promises as dns, type LookupAddress } from 'node:dns'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { promises as timers } from 'node:timers'
import type { AddressMeeting, Place } from '../../bootstrap/engine.ts'
import type { Protection } from '../../transport/zeromq/keys.ts'
import { outputOf } from '../spawn.ts'
import type { Door, Rendezvous } from './rendezvous.ts'
import { keysFrom } from './secret.ts'

/** Milliseconds for name servers, before somebody else is asked. */
const AT_ONCE = 500

export class AddressRendezvous implements Rendezvous {
  /** Whoever has the key is a member. */
  readonly token = ''
  readonly #meeting: AddressMeeting
  readonly #keys: Protection
  readonly #place: Place

  /** @param job goes into the key, so that two jobs that take the same port never mix. @throws when the secret is none */
  constructor(meeting: AddressMeeting, job: string, place: Place) {
    this.#meeting = meeting
    this.#keys = keysFrom(meeting.secret, job)
    this.#place = place
  }

  async begin(): Promise<Place> {
    return this.#place
  }

  async bindings(): Promise<{ addresses: readonly string[]; keys: Protection }> {
    const { host, port } = this.#meeting
    const address = await addressOf(this.#meeting).catch(() => undefined)
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    const isOutside = own.some((known) => known.address === address && !known.internal)
    const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
    // Many machines think that their own name is 127.0.1.1, and others are reached through an address that is not theirs.
    return {
      addresses: [isOutside || isLoopback ? endpoint(address ?? host, port) : `tcp://*:${port}`],
      keys: this.#keys,
    }
  }

  async open(): Promise<void> {}

  async find(): Promise<Door> {
    const address = await addressOf(this.#meeting)
    return {
      endpoints: [endpoint(address, this.#meeting.port)],
      key: this.#keys === 'none' ? this.#keys : this.#keys.publicKey,
    }
  }

  async confirms(): Promise<boolean> {
    return true
  }

  async close(): Promise<void> {}
}

/** What the name means in the network. Slurm has addresses of its own for its nodes, but is asked only if need be. */
async function addressOf({ host, isSlurmNode }: AddressMeeting): Promise<string> {
  const known = dns.lookup(host)
  if (isSlurmNode !== true) return (await known).address
  const asked = Promise.race([known, timers.setTimeout(AT_ONCE, undefined)])
    .catch(() => undefined)
    .then((found) => found ?? askSlurm(host))
  return (await Promise.any([known, asked])).address
}

async function askSlurm(node: string): Promise<LookupAddress> {
  const described = await outputOf(['scontrol', '-o', 'show', 'node', node])
  return dns.lookup(/\bNodeAddr=(\S+)/.exec(described)?.[1] ?? node)
}

function endpoint(address: string, port: number): string {
  return `tcp://${isIPv6(address) ? `[${address}]` : address}:${port}`
}
