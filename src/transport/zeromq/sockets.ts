/**
 * The kinds of ZeroMQ socket that are used, and all that is peculiar to zeromq.js; its only importer. (Hub and Spoke
 * carry what is said between hosts about a job, not its packets.)
 *
 * One Router takes the arrivals of all peers. One Dealer per peer carries what goes there: a connection has one
 * direction, so a name that the Dealer announces tells the Router who speaks. Neither reconnects (what was under way
 * would be lost in silence), beats (under load a late beat cuts a healthy connection) or limits its queue by number
 * (the credits of the layer above bound it in bytes).
 */
import { randomUUID } from 'node:crypto'
import { createContext, runInContext, Script } from 'node:vm'
import { capability, context, curveKeyPair, Dealer, Router } from 'zeromq'
import type { Context } from 'node:vm'
import type { Keys, Protection } from './keys.ts'

/** At the end of the process or at `close`, wait this many ms at most for handed-over packets to leave. */
const LINGER = 1000
const HANDSHAKE_TIMEOUT = 10_000
const TCP_KEEPALIVE = { tcpKeepalive: 1, tcpKeepaliveIdle: 10, tcpKeepaliveInterval: 2, tcpKeepaliveCount: 3 }

// Options of libzmq that zeromq.js has no names for; the last two are known to its builds with draft options only,
// which all prebuilt ones are. Without them a lost connection is noticed when something is sent, not when it breaks.
const IPC_FILTER_UID = 59
const ROUTER_NOTIFY = 97
const NOTIFY_DISCONNECT = 2
const RECONNECT_STOP = 109
const STOP_WHEN_REFUSED = 1

/** The frames of one ZeroMQ message. */
export type Frames = readonly Buffer[]

/** Must be called before the first socket. */
export function prepareSockets(size: number): void {
  context.blocky = false
  context.maxSockets = Math.max(1023, 4 * size + 64)
}

/**
 * Arrivals of all peers. A message is `[name of the sender, frame, ...]`; `[name, empty frame]` tells, after the last
 * message, that the connection has ended.
 */
export class Inbox {
  readonly #router: NotifyingRouter
  readonly #wakeAddress = `inproc://zmpi-${randomUUID()}`
  #now: SettledNow | undefined
  #waker: Dealer | undefined

  /** @param keys whoever connects must hold them; undefined: only for addresses that nobody else reaches */
  constructor(largestFrame: number, keys?: Protection) {
    this.#router = new NotifyingRouter({
      ...serverOptions(keys),
      linger: 0,
      sendHighWaterMark: 0,
      receiveHighWaterMark: 0,
      maxMessageSize: largestFrame,
      handshakeInterval: HANDSHAKE_TIMEOUT,
      backlog: 4096,
      ...TCP_KEEPALIVE,
    })
    this.#router.prepare()
  }

  /** Resolves with the address as bound: `tcp://host:*` gets its port. */
  async bind(address: string): Promise<string> {
    if (address.includes('[')) this.#router.ipv6 = true
    await this.#router.bind(address)
    const bound = this.#router.lastEndpoint
    if (bound === null) throw new Error(`${address} was bound, but has no endpoint`)
    this.#router.bindSync(this.#wakeAddress)
    return bound
  }

  /** The next message. Keeps the process alive meanwhile; one call at a time. Rejects when closed. */
  receive(): Promise<Frames> {
    return this.#router.receive()
  }

  /** The next message if it is there already, at once. Not while `receive` is pending. */
  receiveNow(): Frames | undefined {
    if (!this.#router.readable) return undefined
    this.#router.receiveTimeout = 0
    const received = this.#router.receive()
    this.#router.receiveTimeout = -1
    this.#now ??= new SettledNow()
    return this.#now.value(received)
  }

  /** Makes a pending `receive` resolve, with an empty message from nobody. It cannot be cancelled otherwise. */
  wake(): void {
    if (this.#waker === undefined) {
      this.#waker = new Dealer({ linger: 0, sendTimeout: 0 })
      this.#waker.connect(this.#wakeAddress)
    }
    this.#waker.send(null).catch(() => undefined)
  }

  close(): void {
    this.#waker?.close()
    this.#router.close()
  }
}

/** What goes to one peer. */
export class Outlet {
  readonly #dealer: BriefDealer

  /** `name`: what the peer's inbox shall know this connection by. */
  constructor(name: string, address: string, keys?: Protection) {
    this.#dealer = new BriefDealer({
      ...clientOptions(keys),
      routingId: name,
      linger: LINGER,
      // Either queued at once or refused, because the connection is gone.
      sendTimeout: 0,
      sendHighWaterMark: 0,
      reconnectInterval: -1,
      handshakeInterval: HANDSHAKE_TIMEOUT,
      ...TCP_KEEPALIVE,
    })
    this.#dealer.prepare()
    if (address.includes('[')) this.#dealer.ipv6 = true
    this.#dealer.connect(address)
  }

  /**
   * Queues a message. Rejects when the connection is gone. Frames above 128 bytes are not copied: their memory must
   * stay unchanged until the peer has them.
   */
  send(frames: Uint8Array | Uint8Array[]): Promise<void> {
    return this.#dealer.send(frames)
  }

  /** What was queued still leaves, within the linger, unless `abandon`. */
  close(abandon: boolean): void {
    if (abandon) this.#dealer.linger = 0
    this.#dealer.close()
  }
}

/**
 * The middle of a star of processes that are no ranks: messages go both ways. All who connect hold the public one of
 * `keys`; undefined: the user wants no encryption.
 */
export class Hub {
  readonly #router: NotifyingRouter

  constructor(largestFrame: number, keys: Protection) {
    this.#router = new NotifyingRouter({ ...hubOptions(largestFrame), ...serverOptions(keys) })
    this.#router.prepare()
  }

  /** Resolves with the address as bound. */
  async bind(address: string): Promise<string> {
    if (address.includes('[')) this.#router.ipv6 = true
    await this.#router.bind(address)
    const bound = this.#router.lastEndpoint
    if (bound === null) throw new Error(`${address} was bound, but has no endpoint`)
    return bound
  }

  /** `[name, frame, ...]`, or `[name, empty frame]` when that connection has ended. Rejects when closed. */
  receive(): Promise<Frames> {
    return this.#router.receive()
  }

  /** What goes to nobody vanishes. */
  send(name: string, frames: readonly Uint8Array[]): void {
    this.#router.send([name, ...frames]).catch(() => undefined)
  }

  /** What was sent still leaves, within the linger. */
  close(): void {
    this.#router.close()
  }
}

/** The other end of a Hub's connection, which is made once and never again. */
export class Spoke {
  readonly #dealer: BriefDealer

  /** `broken` is called when the connection has ended or cannot be made; what came before may still be received. */
  constructor(
    name: string,
    address: string,
    largestFrame: number,
    keys: Pick<Keys, 'publicKey'> | 'none',
    broken: (how: string) => void,
  ) {
    this.#dealer = new BriefDealer({
      ...hubOptions(largestFrame),
      ...clientOptions(keys),
      routingId: name,
      reconnectInterval: -1,
    })
    this.#dealer.prepare()
    if (address.includes('[')) this.#dealer.ipv6 = true
    const { events } = this.#dealer
    events.on('disconnect', () => broken('the connection was closed'))
    events.on('close', () => broken('nobody answers there'))
    events.on('handshake:error:protocol', () => broken('the handshake failed'))
    events.on('handshake:error:auth', () => broken('the keys were refused'))
    events.on('handshake:error:other', () => broken('the handshake failed'))
    this.#dealer.connect(address)
  }

  receive(): Promise<Frames> {
    return this.#dealer.receive()
  }

  send(frames: readonly Uint8Array[]): void {
    this.#dealer.send([...frames]).catch(() => undefined)
  }

  /** What was sent still leaves, within the linger. */
  close(): void {
    this.#dealer.close()
  }
}

function hubOptions(largestFrame: number) {
  return {
    linger: LINGER,
    sendTimeout: 0,
    sendHighWaterMark: 0,
    receiveHighWaterMark: 0,
    maxMessageSize: largestFrame,
    handshakeInterval: HANDSHAKE_TIMEOUT,
    backlog: 4096,
    ...TCP_KEEPALIVE,
  }
}

/** New keys, for one purpose of one job. */
export function createKeys(): Keys {
  return curveKeyPair()
}

function serverOptions(keys: Protection = 'none'): { curveServer?: true; curveSecretKey?: string } {
  return keys === 'none' ? {} : { curveServer: true, curveSecretKey: keys.secretKey }
}

/** A client proves itself by the server's key, so a pair of its own may be a fresh one. */
function clientOptions(keys: Pick<Keys, 'publicKey'> | 'none' = 'none'): {
  curveServerKey?: string
  curvePublicKey?: string
  curveSecretKey?: string
} {
  if (keys === 'none') return {}
  const { publicKey, secretKey } = curveKeyPair()
  return { curveServerKey: keys.publicKey, curvePublicKey: publicKey, curveSecretKey: secretKey }
}

class NotifyingRouter extends Router {
  prepare(): void {
    if (capability.draft === true) this.setInt32Option(ROUTER_NOTIFY, NOTIFY_DISCONNECT)
    // Only processes of this user may connect, whatever the mode of the socket's file.
    if (process.platform === 'linux') this.setUint32Option(IPC_FILTER_UID, process.getuid?.() ?? 0)
  }
}

class BriefDealer extends Dealer {
  prepare(): void {
    if (capability.draft === true) this.setInt32Option(RECONNECT_STOP, STOP_WHEN_REFUSED)
  }
}

/**
 * The value of a promise that is settled already, without waiting for the end of the current job. A context with a
 * queue of its own runs the reactions of its own functions as soon as a script has run in it.
 */
class SettledNow {
  readonly #context: Context = createContext({}, { microtaskMode: 'afterEvaluate' })
  readonly #react: (promise: Promise<Frames>, take: (value: Frames) => void) => void = runInContext(
    '(promise, take) => { promise.then((value) => take(value), () => {}) }',
    this.#context,
  )
  readonly #nothing = new Script('0')

  value(promise: Promise<Frames>): Frames | undefined {
    let value: Frames | undefined
    this.#react(promise, (settled) => {
      value = settled
    })
    this.#nothing.runInContext(this.#context)
    return value
  }
}
