/**
 * Packets over ZeroMQ: between hosts by tcp, on one host by ipc.
 *
 * Order and loss: packets to one peer go through one connection, which never reconnects; its end is told, in line
 * after its last packet, by `lost`. Memory: a packet up to `SMALL_BYTES` is copied into a frame, a larger eager body
 * into memory of its own, a body above `eagerBytes` is not copied at all.
 * Where the peers are is told by `locate`; who may send how much is the business of the layer above.
 */
import { Header } from '../wire/header.ts'
import { CopyPool } from './zeromq/copies.ts'
import { Packer, SMALL_BYTES, unpack } from './zeromq/frames.ts'
import { ZEROMQ_LIMITS } from './zeromq/limits.ts'
import { Link } from './zeromq/link.ts'
import { Nursery } from './zeromq/nursery.ts'
import { Reader, type Lookout } from './zeromq/reader.ts'
import { Inbox, prepareSockets } from './zeromq/sockets.ts'
import type { Body } from '../wire/body.ts'
import type { PacketLimits, Receiver, Transport } from './transport.ts'
import type { Protection } from './zeromq/keys.ts'
import type { Frames } from './zeromq/sockets.ts'

/** So many small packets in a row to one peer leave at once, each in a message; what follows them shares messages. */
const SINGLES = 4
/** Time in ms for the last packets of a peer that takes no more itself. */
const LAST_WORDS = 100

export interface ZeromqSettings {
  /** World rank of this process. */
  readonly rank: number
  /** Ranks of the job. */
  readonly size: number
  /** Number of the job, in every packet. */
  readonly job: number
  /** Where to listen: `ipc:///path` (at most 107 bytes, in a directory of this user alone) or `tcp://interface:*`. */
  readonly bind: string
  /** What peers must hold to connect, and to be connected to. Not optional where others than this user could. */
  readonly keys?: Protection | undefined
  readonly receiver: Receiver
  /** How to look for messages before sleeping. Without it: not at all. */
  readonly lookout?: Lookout | undefined
  /** Resolves with the address of a peer, rejects when that rank has ended. Asked once a peer, at the first packet. */
  readonly locate: (peer: number) => Promise<string>
}

export class ZeromqTransport implements Transport {
  readonly #settings: ZeromqSettings
  readonly #receiver: Receiver
  readonly #inbox: Inbox
  readonly #reader: Reader
  readonly #links: (Link | undefined)[]
  /** Peers from which nothing more may come: lost or dropped. */
  readonly #gone: boolean[]
  readonly #ranks = new Map<string, number>()
  /** Bodies received in frames of their own from each peer, modulo 2^32. */
  readonly #received: Int32Array
  readonly #packer = new Packer()
  readonly #pool = new CopyPool()
  readonly #nursery = new Nursery()
  /** The peer of the latest packets in this job of the event loop, and how many small ones it got. */
  #runPeer = -1
  #runLength = 0
  readonly #header = new Header()
  readonly #body: Body = { bytes: new Uint8Array(0), offset: 0, owned: false, memory: undefined }
  #closed = false
  #address = ''
  #refused = 0

  constructor(settings: ZeromqSettings) {
    const { size, job } = settings
    this.#settings = settings
    this.#receiver = settings.receiver
    this.#links = Array.from({ length: size }, () => undefined)
    this.#received = new Int32Array(size)
    this.#gone = Array.from({ length: size }, () => false)
    for (let rank = 0; rank < size; rank++) if (rank !== settings.rank) this.#ranks.set(nameOf(job, rank), rank)
    prepareSockets(size)
    this.#inbox = new Inbox(ZEROMQ_LIMITS.fragmentBytes + 1024, settings.keys)
    this.#reader = new Reader(this.#inbox, this.#arrived, settings.lookout)
  }

  /** Listens. Afterwards `address` is where peers reach this process. Rejects when the address cannot be bound. */
  async open(): Promise<void> {
    try {
      this.#address = await this.#inbox.bind(this.#settings.bind)
    } catch (error) {
      throw new Error(`cannot listen at ${this.#settings.bind}`, { cause: error })
    }
    this.#reader.start()
  }

  get address(): string {
    return this.#address
  }

  /** Messages dropped because they came from no rank of this job. */
  get refused(): number {
    return this.#refused
  }

  limits(): PacketLimits {
    return ZEROMQ_LIMITS
  }

  send(peer: number, header: Header, body?: ArrayBufferView): void {
    if (this.#closed || this.#gone[peer] === true) return
    const bytes = body === undefined || body instanceof Uint8Array ? body : bytesOf(body)
    const length = bytes === undefined ? 0 : bytes.byteLength
    if (peer !== this.#runPeer) this.#beginRun(peer)
    if (length > SMALL_BYTES || !this.#packer.fits(length)) this.#flush()
    if (!this.#packer.fits(length > SMALL_BYTES ? 0 : length)) this.#packer.renew()
    if (bytes !== undefined && length > SMALL_BYTES) {
      this.#packer.add(header, undefined)
      this.#link(peer).sendLarge(this.#take(peer), bytes, length <= ZEROMQ_LIMITS.eagerBytes)
      return
    }
    this.#packer.add(header, bytes)
    if (++this.#runLength <= SINGLES) this.#flush()
  }

  poll(): void {
    this.#reader.poll()
  }

  listen(active: boolean): void {
    this.#reader.listen(active)
  }

  expose(): undefined {
    return undefined
  }

  invite(): undefined {
    return undefined
  }

  push(): boolean {
    return false
  }

  pull(): boolean {
    return false
  }

  queued(peer: number): number {
    const batch = peer === this.#runPeer && !this.#packer.empty ? 1 : 0
    return batch + (this.#links[peer]?.waiting ?? 0)
  }

  drop(peer: number): void {
    if (peer === this.#runPeer && !this.#packer.empty) this.#take(peer)
    this.#gone[peer] = true
    this.#links[peer]?.close(true)
    this.#links[peer] = undefined
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#flush()
    this.#closed = true
    for (const link of this.#links) link?.close(false)
    this.#reader.close()
  }

  /** Runs end with the microtask, so that whoever awaits a send finds it gone. */
  #beginRun(peer: number): void {
    if (this.#runPeer === -1) queueMicrotask(this.#endRun)
    this.#flush()
    this.#runPeer = peer
    this.#runLength = 0
  }

  readonly #endRun = (): void => {
    this.#flush()
    this.#runPeer = -1
  }

  #flush(): void {
    if (!this.#packer.empty) this.#link(this.#runPeer).send(this.#take(this.#runPeer))
  }

  #take(peer: number): Uint8Array {
    return this.#packer.take(this.#received[peer] ?? 0)
  }

  #link(peer: number): Link {
    const { job, rank, locate, keys } = this.#settings
    return (this.#links[peer] ??= new Link(nameOf(job, rank), locate(peer), keys, this.#pool, (reason) =>
      this.#unreachable(peer, reason),
    ))
  }

  readonly #arrived = (message: Frames): void => {
    const [name, first, second] = message
    if (name === undefined || first === undefined) return
    const peer = this.#ranks.get(name.toString('latin1'))
    const end = first.byteLength === 0 && second === undefined
    if (peer === undefined) {
      if (!end) this.#refused++
    } else if (this.#gone[peer] === true) {
      return
    } else if (end) {
      this.#lose(peer, 'connection closed')
    } else {
      if (second !== undefined) {
        this.#received[peer] = (this.#received[peer] ?? 0) + 1
        this.#nursery.received(second.byteLength)
      }
      const wrong =
        message.length > 3
          ? `${message.length - 1} frames in a message`
          : unpack(first, second, peer, this.#settings.job, this.#header, this.#body, this.#deliver)
      if (wrong !== undefined) this.#lose(peer, wrong, true)
      else this.#links[peer]?.acknowledged(first)
    }
  }

  /** The receiver may have dropped the peer at an earlier packet of the same message. */
  readonly #deliver = (header: Header, body: Body): void => {
    if (this.#gone[header.source] !== true) this.#receiver.packet(header, body)
  }

  /** The peer took nothing more; what it had sent before may still be on its way, and its end comes with it. */
  #unreachable(peer: number, reason: string): void {
    setTimeout(() => {
      this.poll()
      this.#lose(peer, reason)
    }, LAST_WORDS).unref()
  }

  #lose(peer: number, reason: string, isGarbled = false): void {
    if (this.#gone[peer] === true || this.#closed) return
    this.drop(peer)
    this.#receiver.lost(peer, reason, isGarbled)
  }
}

/** The name of a rank's connections: what is not of this job is known by it before a byte of it is read. */
function nameOf(job: number, rank: number): string {
  return `zmpi ${job} ${rank}`
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
