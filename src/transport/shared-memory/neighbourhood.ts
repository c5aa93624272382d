/**
 * The other ranks of this host, and who has told whom what: from this rank's appearing, through first contacts, to the
 * leaving of each. Whom the system keeps it from is lost.
 */
import type { Receiver } from '../transport.ts'
import type { Bell } from './bell.ts'
import { Contact } from './lobby.ts'
import { Neighbour } from './neighbour.ts'
import { Outbox } from './outbox.ts'
import type { Divert } from './outbox.ts'
import type { Place } from './place.ts'

export interface NeighbourhoodOptions {
  readonly job: number
  /** World ranks of this host's processes, this one too: the same list, in the same order, in each of them. */
  readonly neighbours: readonly number[]
  readonly receiver: Receiver
  /**
   * This neighbour cannot be reached through shared memory: here is what was sent so far, the rest must go another way
   * too. Without it the neighbour is lost.
   */
  readonly divert?: Divert
  /** A neighbour sends to this rank another way: it must be open. May be called again. */
  readonly elsewhere?: () => void
}

export class Neighbourhood {
  /** By world rank. */
  readonly members: readonly (Neighbour | undefined)[]
  /** Those whose packets arrive through a ring. Replaced when they change. */
  sources: readonly Neighbour[] = []
  /** What waits to go to any of them. */
  readonly outbox: Outbox
  readonly #place: Place
  readonly #options: NeighbourhoodOptions
  /** Random words that others read to see whether they may read here. More than 64 bytes, so that they lie still. */
  readonly #probe = new Int32Array(32).map(() => Math.random() * 2 ** 32)
  #hasLeft = false

  constructor(place: Place, options: NeighbourhoodOptions) {
    this.#place = place
    this.#options = options
    const members: (Neighbour | undefined)[] = []
    options.neighbours.forEach((rank, index) => {
      if (index !== place.own) members[rank] = new Neighbour(place, rank, index)
    })
    this.members = members
    this.outbox = new Outbox(options.divert, (neighbour, reason) => this.lose(neighbour, reason))
  }

  /** Enters the lobby and wakes those who wait for this rank. */
  appear(bell: Bell): void {
    const { lobby, native, own } = this.#place
    const [first = 0, second = 0] = this.#probe
    lobby.attach({
      pid: process.pid,
      bell: bell.descriptor,
      inode: bell.inode,
      address: native.address(this.#probe),
      probe: [first, second],
    })
    for (const neighbour of this.members)
      if (neighbour !== undefined && lobby.told(neighbour.index, own, Contact.waits)) this.wake(neighbour)
  }

  /** Somebody has told this rank something: that there is a ring, or that nothing more will come. */
  answer(): void {
    const { lobby, own } = this.#place
    if (lobby.hear()) this.#options.elsewhere?.()
    for (const neighbour of this.members) {
      if (neighbour === undefined || neighbour.closed) continue
      // Asked first: a ring was there before its writer left.
      neighbour.left = lobby.told(neighbour.index, own, Contact.left)
      if (lobby.told(neighbour.index, own, Contact.elsewhere)) this.#options.elsewhere?.()
      if (neighbour.reader !== undefined) continue
      if (lobby.told(neighbour.index, own, Contact.ring)) this.#meet(neighbour)
      else if (neighbour.left) this.lose(neighbour, 'it has closed the connection')
    }
  }

  wake(neighbour: Neighbour): void {
    try {
      neighbour.wake()
    } catch (error) {
      this.lose(neighbour, error)
    }
  }

  /** The receiver is told in a microtask: `send` and `listen` call nobody back. */
  lose(neighbour: Neighbour, reason: unknown, isGarbled = false): void {
    if (neighbour.closed) return
    this.drop(neighbour.rank)
    queueMicrotask(() => {
      if (!this.#hasLeft) this.#options.receiver.lost(neighbour.rank, textOf(reason), isGarbled)
    })
  }

  /** Forgets a neighbour. */
  drop(rank: number): void {
    const neighbour = this.members[rank]
    if (neighbour === undefined || neighbour.closed) return
    neighbour.close()
    this.sources = this.sources.filter((other) => other !== neighbour)
    this.outbox.forget(neighbour)
  }

  /** Leaves the lobby and tells those with whom there was contact. */
  leave(): void {
    this.#hasLeft = true
    this.#place.lobby.leave()
    for (const neighbour of this.members) {
      if (neighbour === undefined) continue
      try {
        neighbour.takeLeave()
      } catch {
        // It will hear it from others.
      }
      this.drop(neighbour.rank)
    }
  }

  #meet(neighbour: Neighbour): void {
    try {
      neighbour.meet(this.#options.job)
      this.sources = [...this.sources, neighbour]
    } catch (error) {
      this.lose(neighbour, error)
    }
  }
}

function textOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason)
}
