/** What each rank hears when all have come: its place, and how it listens for the others. */
import { randomBytes } from 'node:crypto'
import type { Entry, Network } from '../../bootstrap/control.ts'
import type { TransportChoice } from '../../bootstrap/environment.ts'
import type { Protection } from '../../transport/zeromq/keys.ts'
import { createKeys } from '../../transport/zeromq/sockets.ts'
import { anyPort } from '../remote/address.ts'
import type { Seat } from './gathering.ts'

export interface EntryFacts {
  readonly job: number
  readonly transport: TransportChoice
  readonly logLevel: string
  readonly isInsecure: boolean
  /** Hosts whose ranks share memory, by id. */
  readonly sharing: ReadonlySet<string>
}

/** Index: rank, as in `seats`. */
export function entriesOf(seats: readonly Seat[], facts: EntryFacts): Entry[] {
  const { job, transport, logLevel, isInsecure, sharing } = facts
  const networkOf = networks(seats, isInsecure ? 'none' : createKeys())
  return seats.map((seat) => ({
    environment: {
      rank: seat.newcomer.rank,
      size: seats.length,
      localRank: seat.localRank,
      localSize: seat.neighbours.length,
      neighbours: seat.neighbours,
      job,
      directory: '',
      controlFd: 0,
      // Where it is, its own proxy knows.
      segment: sharing.has(seat.newcomer.host.id) ? 'open' : '',
      transport,
      logLevel,
    },
    network: networkOf(seat),
  }))
}

/** How each rank listens for the others. */
function networks(seats: readonly Seat[], keys: Protection): (seat: Seat) => Network {
  const name = randomBytes(16).toString('hex')
  const isAlone = seats.every(({ address }) => address === undefined)
  const known = [...new Set(seats.map(({ newcomer }) => newcomer.host.id))]
  const hosts = seats.map(({ newcomer }) => known.indexOf(newcomer.host.id))
  return ({ address, newcomer: { rank } }) => ({
    bind: !isAlone || process.platform !== 'linux' ? anyPort(address ?? '127.0.0.1') : `ipc://@zmpi-${name}-${rank}`,
    keys,
    hosts,
  })
}
