/**
 * The transport between ranks of one host: a ring for each ordered pair that talks, in one nameless file (see segment),
 * polled by who waits (see waiting), and a bell for who sleeps (see bell). Large bodies can be read from the sender's
 * memory in one system call where the kernel allows it.
 *
 * Invariants: packets to a neighbour go one way for ever, by the ring or by `divert`, so their order holds. Whoever is
 * about to sleep says so first and looks once more after; whoever has published looks after whether the other sleeps:
 * so no wake-up is lost.
 */
import * as fs from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Body } from '../../wire/body.ts'
import type { Board } from '../board.ts'
import { Header } from '../../wire/header.ts'
import { largestBody, type RingReader } from '../ring.ts'
import type { PacketLimits, Receiver, Transport } from '../transport.ts'
import { Waiting } from '../waiting.ts'
import { Bell, openBell } from './bell.ts'
import { Contact, Sleep } from './lobby.ts'
import { Neighbour } from './neighbour.ts'
import { openBoard } from './open-board.ts'
import { Outbox } from './outbox.ts'
import type { Divert } from './outbox.ts'
import type { Place } from './place.ts'

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

export interface SharedMemoryOptions {
  readonly job: number
  /** World rank of this process. */
  readonly rank: number
  /** Ranks of the job. Where all are on this host they share a board. @default more than here */
  readonly ranks?: number
  /** World ranks of this host's processes, this one too: the same list, in the same order, in each of them. */
  readonly neighbours: readonly number[]
  readonly receiver: Receiver
  /** How long to look for packets before sleeping, in µs. */
  readonly spin?: number
  /** Cores of this host. @default what the system says */
  readonly cores?: number
  /**
   * This neighbour cannot be reached through shared memory: here is what was sent so far, the rest must go another way
   * too. Without it the neighbour is lost.
   */
  readonly divert?: Divert
  /** A neighbour sends to this rank another way: it must be open. May be called again. */
  readonly elsewhere?: () => void
}

export class SharedMemory implements Transport {
  readonly #limits: PacketLimits
  readonly #place: Place
  readonly #options: SharedMemoryOptions
  readonly #receiver: Receiver
  /** By world rank. */
  readonly #neighbours: (Neighbour | undefined)[] = []
  /** Those whose packets arrive through a ring. */
  #sources: Neighbour[] = []
  readonly #outbox: Outbox
  /** More ranks than cores: they take turns. */
  readonly #crowded: boolean
  readonly #waiting: Waiting
  readonly #bell: Bell
  /** Random words that others read to see whether they may read here. More than 64 bytes, so that they lie still. */
  readonly #probe = new Int32Array(32).map(() => Math.random() * 2 ** 32)
  readonly #header = new Header()
  readonly #body: Body = { bytes: new Uint8Array(0), offset: 0, owned: false, memory: undefined }
  #board: Board | undefined
  #hasTriedBoard = false
  #knocks = 0
  #refusals = 0
  /** Looks since the board was served. */
  #unserved = 0
  #active = false
  #closed = false

  /** Enters the lobby: from now on others may send. Throws when the system refuses something. */
  constructor(place: Place, options: SharedMemoryOptions) {
    this.#place = place
    this.#options = options
    this.#receiver = options.receiver
    this.#outbox = new Outbox(options.divert, (neighbour, reason) => this.#lose(neighbour, reason))
    options.neighbours.forEach((rank, index) => {
      if (index !== place.own) this.#neighbours[rank] = new Neighbour(place, rank, index)
    })
    const fragmentBytes = Math.min(LARGEST_FRAGMENT, largestBody(place.layout.ringBytes))
    // Smaller than a fragment, so that those of a large body are borrowed while they wait, not copied.
    this.#limits = { eagerBytes: fragmentBytes - 64, fragmentBytes }
    const { native } = place
    this.#crowded = options.neighbours.length > (options.cores ?? availableParallelism())
    this.#waiting = new Waiting(
      {
        poll: () => this.#progress(),
        sleep: () => this.#lieDown(),
        wake: () => this.#rise(),
        yield: () => native.yield(),
      },
      { spin: options.spin ?? DEFAULT_SPIN, crowded: this.#crowded },
    )
    this.#bell = new Bell(native, () => this.#rung())
    try {
      // That others can open the bell is tried here, while there is another way.
      fs.closeSync(openBell(process.pid, this.#bell.descriptor, this.#bell.inode))
    } catch (error) {
      this.#bell.close()
      throw error
    }
    this.#appear()
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
      return this.#lose(neighbour, error)
    }
    if (neighbour.closed || neighbour.diverted) return
    const first = neighbour.backlog.length === 0
    this.#outbox.add(neighbour, header, body, this.#limits.eagerBytes)
    if (!first) return
    this.#outbox.flush()
    if (!this.#active) this.#watchForRoom()
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
    this.#active = active
    this.#waiting.listen(active)
    if (!active) this.#watchForRoom()
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
      if (this.#options.neighbours.length === this.#options.ranks)
        this.#board = openBoard(this.#place, this.#neighbours, {
          spins: (this.#options.spin ?? DEFAULT_SPIN) > 0,
          crowded: this.#crowded,
          wake: (neighbour) => this.#wake(neighbour),
        })
    }
    return this.#board
  }

  queued(peer: number): number {
    return this.#neighbours[peer]?.backlog.length ?? 0
  }

  drop(peer: number): void {
    const neighbour = this.#neighbours[peer]
    if (neighbour === undefined || neighbour.closed) return
    neighbour.close()
    this.#sources = this.#sources.filter((other) => other !== neighbour)
    this.#outbox.forget(neighbour)
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.listen(false)
    this.#closed = true
    this.#place.lobby.leave()
    for (const neighbour of this.#neighbours) {
      if (neighbour === undefined) continue
      try {
        neighbour.takeLeave()
      } catch {
        // It will hear it from others.
      }
      this.drop(neighbour.rank)
    }
    this.#bell.close()
    this.#place.close()
    return Promise.resolve()
  }

  /** Enters the lobby and wakes those who wait for this rank. */
  #appear(): void {
    const { lobby, native, own } = this.#place
    const [first = 0, second = 0] = this.#probe
    lobby.attach({
      pid: process.pid,
      bell: this.#bell.descriptor,
      inode: this.#bell.inode,
      address: native.address(this.#probe),
      probe: [first, second],
    })
    for (const neighbour of this.#neighbours)
      if (neighbour !== undefined && lobby.told(neighbour.index, own, Contact.waits)) this.#wake(neighbour)
  }

  /** Delivers what has arrived and sends what now fits. True when there was anything. */
  #progress(): boolean {
    // First, for what lies in a new ring must be found by this very look: after it the rank may sleep.
    const { lobby } = this.#place
    if (lobby.knocks !== this.#knocks || lobby.refusals !== this.#refusals) this.#answer()
    let any = false
    const sources = this.#sources
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
    if (reader.fault !== undefined) this.#lose(neighbour, `its ring is broken: ${reader.fault}`, true)
    else if (neighbour.left && taken === 0) this.#lose(neighbour, 'it has closed the connection')
    return taken > 0
  }

  /** Who waits for room in its ring hears of it. */
  #makeKnown(neighbour: Neighbour, reader: RingReader): void {
    if (!reader.roomWanted) return
    reader.roomWanted = false
    this.#wake(neighbour)
  }

  /** Somebody has told this rank something: that there is a ring, or that nothing more will come. */
  #answer(): void {
    const { lobby, own } = this.#place
    this.#knocks = lobby.knocks
    if (lobby.refusals !== this.#refusals) {
      this.#refusals = lobby.refusals
      this.#options.elsewhere?.()
    }
    for (const neighbour of this.#neighbours) {
      if (neighbour === undefined || neighbour.closed) continue
      // Asked first: a ring was there before its writer left.
      neighbour.left = lobby.told(neighbour.index, own, Contact.left)
      if (lobby.told(neighbour.index, own, Contact.elsewhere)) this.#options.elsewhere?.()
      if (neighbour.reader !== undefined) continue
      if (lobby.told(neighbour.index, own, Contact.ring)) this.#meet(neighbour)
      else if (neighbour.left) this.#lose(neighbour, 'it has closed the connection')
    }
  }

  #meet(neighbour: Neighbour): void {
    try {
      neighbour.meet(this.#options.job)
      this.#sources = [...this.#sources, neighbour]
    } catch (error) {
      this.#lose(neighbour, error)
    }
  }

  #wake(neighbour: Neighbour): void {
    try {
      neighbour.wake()
    } catch (error) {
      this.#lose(neighbour, error)
    }
  }

  /** Told in a microtask: `send` and `listen` call nobody back. */
  #lose(neighbour: Neighbour, reason: unknown, isGarbled = false): void {
    if (neighbour.closed) return
    this.drop(neighbour.rank)
    queueMicrotask(() => {
      if (!this.#closed) this.#receiver.lost(neighbour.rank, textOf(reason), isGarbled)
    })
  }

  /** Before sleeping: says so, asks for room where some is needed, and looks once more. */
  #lieDown(): boolean {
    this.#place.lobby.setSleep(Sleep.asleep)
    this.#outbox.waitForRoom()
    this.#unserved = UNSERVED
    if (this.#progress()) {
      this.#place.lobby.setSleep(Sleep.awake)
      return false
    }
    this.#bell.hold(true)
    return true
  }

  #rise(): void {
    this.#place.lobby.setSleep(Sleep.awake)
    this.#bell.hold(false)
  }

  /** The program does not wait for packets, but some may wait to leave: the event loop sends them when there is room. */
  #watchForRoom(): void {
    if (this.#outbox.isEmpty) return
    this.#place.lobby.setSleep(Sleep.full)
    this.#outbox.waitForRoom()
    this.#outbox.flush()
  }

  #rung(): void {
    if (this.#waiting.asleep) this.#waiting.rung()
    else if (!this.#active) this.#watchForRoom()
  }
}

function textOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason)
}
