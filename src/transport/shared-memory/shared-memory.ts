/**
 * The transport between ranks of one host: a ring for each ordered pair that talks, in one nameless file (see segment),
 * polled by who waits (see waiting), and a bell for who sleeps (see sleeper). Large bodies can be read from the sender's
 * memory in one system call where the kernel allows it.
 *
 * Invariants: packets to a neighbour go one way for ever, by the ring or by `divert`, so their order holds. Whoever is
 * about to sleep says so first and looks once more after; whoever has published looks after whether the other sleeps:
 * so no wake-up is lost.
 */
import { availableParallelism } from 'node:os'
import type { Body } from '../../wire/body.ts'
import { MOST_RANKS } from '../board-layout.ts'
import type { Board } from '../board.ts'
import { Header } from '../../wire/header.ts'
import { largestBody, type RingReader } from '../ring.ts'
import type { PacketLimits, Receiver, Transport } from '../transport.ts'
import type { Waiting } from '../waiting.ts'
import { Cores } from './cores.ts'
import type { Neighbour } from './neighbour.ts'
import { Neighbourhood, type NeighbourhoodOptions } from './neighbourhood.ts'
import { openBoard } from './open-board.ts'
import type { Outbox } from './outbox.ts'
import type { Place } from './place.ts'
import { Sleeper } from './sleeper.ts'

const LARGEST_EAGER = 64 * 1024
/** Pieces of this size fit the inner caches of both sides, which copy at the same time. A line more than an eager body. */
const LARGEST_FRAGMENT = LARGEST_EAGER + 64
/**
 * With a core for each rank, smaller bodies go through the ring, which both sides copy at the same time, in cache. Larger
 * ones leave the caches, where one copy beats two: each side makes half of it.
 */
const SHARED_COPY = 192 * 1024
/** To copy such a body takes about as long as to wait for room. */
const WORTH_WAITING = 8 * 1024
/** Looks until a board is served for which nobody here waits: others go on meanwhile, and messages are not slowed down. */
const UNSERVED = 16
/** Packets taken from one ring before the next has its turn. */
const TURN = 64
const DEFAULT_SPIN = 1000

export interface SharedMemoryOptions extends NeighbourhoodOptions {
  /** World rank of this process. */
  readonly rank: number
  /** Ranks of the job. Where all are on this host they share a board. @default more than here */
  readonly ranks?: number
  /** How long to look for packets before sleeping, in µs. */
  readonly spin?: number
  /** Cores of this host. @default what the system says */
  readonly cores?: number
}

export class SharedMemory implements Transport {
  readonly #limits: PacketLimits
  readonly #place: Place
  readonly #options: SharedMemoryOptions
  readonly #receiver: Receiver
  readonly #neighbourhood: Neighbourhood
  /** By world rank. */
  readonly #neighbours: readonly (Neighbour | undefined)[]
  readonly #outbox: Outbox
  /** More ranks than cores: they take turns. */
  readonly #crowded: boolean
  readonly #cores: Cores
  readonly #sleeper: Sleeper
  readonly #waiting: Waiting
  readonly #header = new Header()
  readonly #body: Body = { bytes: new Uint8Array(0), offset: 0, owned: false, memory: undefined }
  #board: Board | undefined
  #hasTriedBoard = false
  /** Looks since the board was served. */
  #unserved = 0
  #closed = false

  /** Enters the lobby: from now on others may send. Throws when the system refuses something. */
  constructor(place: Place, options: SharedMemoryOptions) {
    this.#place = place
    this.#options = options
    this.#receiver = options.receiver
    this.#neighbourhood = new Neighbourhood(place, options)
    this.#neighbours = this.#neighbourhood.members
    this.#outbox = this.#neighbourhood.outbox
    const fragmentBytes = Math.min(LARGEST_FRAGMENT, largestBody(place.layout.ringBytes))
    // Smaller than a fragment, so that those of a large body are borrowed while they wait, not copied.
    this.#limits = { eagerBytes: fragmentBytes - 64, fragmentBytes }
    this.#crowded = options.neighbours.length > (options.cores ?? availableParallelism())
    this.#cores = new Cores(place, this.#crowded)
    this.#sleeper = new Sleeper(
      place,
      this.#outbox,
      this.#cores,
      {
        look: () => this.#progress(),
        lastLook: () => {
          this.#unserved = UNSERVED
          return this.#progress()
        },
      },
      { spin: options.spin ?? DEFAULT_SPIN, crowded: this.#crowded },
    )
    this.#waiting = this.#sleeper.waiting
    this.#neighbourhood.appear(this.#sleeper.bell)
  }

  /** Bytes of shared memory in this process's address space. */
  get mappedBytes(): number {
    return this.#place.mappedBytes
  }

  limits(): PacketLimits {
    return this.#limits
  }

  send(peer: number, header: Header, body?: ArrayBufferView): void {
    const neighbour = this.#neighbours[peer]
    if (neighbour === undefined) throw new RangeError(`rank ${peer} is not on the host of rank ${this.#options.rank}`)
    try {
      if (neighbour.write(header, body)) return
      if (!this.#crowded && body !== undefined && body.byteLength >= WORTH_WAITING && neighbour.writeSoon(header, body))
        return
    } catch (error) {
      return this.#neighbourhood.lose(neighbour, error)
    }
    if (neighbour.closed || neighbour.diverted) return
    const first = neighbour.backlog.length === 0
    this.#outbox.add(neighbour, header, body, this.#limits.eagerBytes)
    if (!first) return
    this.#outbox.flush()
    if (!this.#sleeper.active) this.#sleeper.watchForRoom()
  }

  poll(): void {
    this.#unserved = UNSERVED
    this.#progress()
  }

  glance(peer: number, looks: number): boolean {
    const neighbour = this.#neighbours[peer]
    const reader = neighbour?.reader
    if (neighbour === undefined || reader === undefined || this.#crowded || !this.#waiting.proceed()) return false
    let isThere = false
    for (let i = 0; i < looks && !isThere; i++) isThere = reader.read(this.#header, this.#body)
    if (isThere) this.#receiver.packet(this.#header, this.#body)
    this.#makeKnown(neighbour, reader)
    return isThere
  }

  listen(active: boolean): void {
    if (this.#closed) return
    this.#sleeper.active = active
    this.#waiting.listen(active)
    if (!active) this.#sleeper.watchForRoom()
  }

  expose(peer: number, body: ArrayBufferView): number | undefined {
    if (!this.#crowded && body.byteLength < SHARED_COPY) return undefined
    return this.#neighbours[peer]?.readablePid === undefined ? undefined : this.#place.native.address(body)
  }

  invite(peer: number, bytes: number, target: () => Uint8Array): number | undefined {
    // Ranks that take turns would wait for each other.
    return this.#crowded || bytes < SHARED_COPY ? undefined : this.expose(peer, target())
  }

  push(peer: number, address: number, source: Uint8Array): boolean {
    const pid = this.#neighbours[peer]?.readablePid
    return pid !== undefined && this.#place.native.write(pid, address, source)
  }

  pull(peer: number, address: number, target: Uint8Array): boolean {
    const pid = this.#neighbours[peer]?.readablePid
    return pid !== undefined && this.#place.native.read(pid, address, target)
  }

  board(): Board | undefined {
    if (!this.#hasTriedBoard) {
      this.#hasTriedBoard = true
      // Its ranks are those of the job only where all of them are here.
      const { ranks = 0 } = this.#options
      if (this.#options.neighbours.length === ranks && ranks <= MOST_RANKS)
        this.#board = openBoard(this.#place, this.#neighbours, {
          spins: (this.#options.spin ?? DEFAULT_SPIN) > 0,
          crowded: this.#crowded,
          pause: () => this.#cores.yield(),
          wake: (neighbour) => this.#neighbourhood.wake(neighbour),
        })
    }
    return this.#board
  }

  queued(peer: number): number {
    return this.#neighbours[peer]?.backlog.length ?? 0
  }

  drop(peer: number): void {
    this.#neighbourhood.drop(peer)
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.listen(false)
    this.#closed = true
    this.#neighbourhood.leave()
    this.#sleeper.bell.close()
    this.#place.close()
    return Promise.resolve()
  }

  /** Delivers what has arrived and sends what now fits. True when there was anything. */
  #progress(): boolean {
    // First, for what lies in a new ring must be found by this very look: after it the rank may sleep.
    if (this.#place.lobby.hasNews) this.#neighbourhood.answer()
    let any = false
    const { sources } = this.#neighbourhood
    for (let i = 0; i < sources.length; i++) if (this.#take(sources[i] as Neighbour)) any = true
    if (!this.#outbox.isEmpty && this.#outbox.flush()) any = true
    if (
      this.#board !== undefined &&
      (this.#board.isAwaited || ++this.#unserved >= UNSERVED) &&
      this.#serve(this.#board)
    )
      any = true
    return any
  }

  #serve(board: Board): boolean {
    this.#unserved = 0
    return board.serve()
  }

  #take(neighbour: Neighbour): boolean {
    const { reader } = neighbour
    if (reader === undefined) return false
    let taken = 0
    while (taken < TURN && !neighbour.closed && reader.read(this.#header, this.#body)) {
      taken++
      this.#receiver.packet(this.#header, this.#body)
    }
    this.#makeKnown(neighbour, reader)
    if (reader.fault !== undefined) this.#neighbourhood.lose(neighbour, `its ring is broken: ${reader.fault}`, true)
    else if (neighbour.left && taken === 0) this.#neighbourhood.lose(neighbour, 'it has closed the connection')
    return taken > 0
  }

  /** Who waits for room in its ring hears of it. */
  #makeKnown(neighbour: Neighbour, reader: RingReader): void {
    if (!reader.roomWanted) return
    reader.roomWanted = false
    this.#neighbourhood.wake(neighbour)
  }
}
