/**
 * The sending half of point-to-point.
 *
 *   eager       small, and credit is there: header and payload at once; the promise is resolved already
 *   waiting     no credit: queued in call order, nothing overtakes it
 *   announced   large, or waiting for longer than a moment: the envelope goes ahead, the payload follows when the
 *               receiver grants it (rendezvous)
 *   buffered    announced, no grant for a moment: the payload is copied within the budget, the promise resolves
 *   supplied    announced and small, and credit is there again: the payload follows without having been granted
 *
 * So a send waits only when credit is used up and the receiver either is at work on what it has, or does not receive and
 * the budget is used up too.
 */
import { MpiError } from '../errors.ts'
import { FLAG_SYNCHRONOUS, Kind } from '../wire/header.ts'
import type { Link } from './link.ts'
import type { Outgoing } from './outgoing.ts'
import { codeOf, type Departure, type Peer } from './peer.ts'
import { SendBuffer } from './send-buffer.ts'
import { halfOf } from './transfer.ts'
import { departedText } from './wait-text.ts'

/** Milliseconds without a sign of the receiver after which a send may be buffered. */
const MOMENT = 10
/** Moments after which a receiver is silent that has taken something: it may be kept from its turn of the processor. */
export const PATIENCE = 10

export class Sender {
  readonly #link: Link
  readonly #buffer: SendBuffer
  readonly #ended: () => void
  /** Announced operations by number. */
  readonly #announced = new Map<number, Outgoing>()
  /** Peers to which sends wait for credit. */
  readonly #blocked = new Set<Peer>()
  /** Operations whose promises have not settled, as far as the clock knows. */
  readonly #unsettled = new Set<Outgoing>()
  #nextId = 1
  #open = 0
  #onDrained: (() => void) | undefined = undefined
  #turn = 0
  #timer: NodeJS.Timeout | undefined = undefined

  /** `ended` is called once for every operation that was taken by `begin` and is over. */
  constructor(link: Link, budgetLimit: number, ended: () => void) {
    this.#link = link
    this.#buffer = new SendBuffer(budgetLimit)
    this.#ended = ended
  }

  get turn(): number {
    return this.#turn
  }

  /** True while its clock may announce or buffer a send. */
  get isTicking(): boolean {
    return this.#timer !== undefined
  }

  /** Sends a whole message, if it is small and there is credit and nothing waits before it. */
  eager(
    peer: Peer,
    context: number,
    tag: number,
    type: number,
    bytes: number,
    signature: number,
    body: ArrayBufferView,
  ): boolean {
    if (bytes > peer.eagerLimit || peer.waiting.length > 0 || !peer.window.takeEager(bytes)) return false
    this.#emitEager(peer, context, tag, type, bytes, signature, 0, 0, body)
    return true
  }

  /** A copy of a payload for an operation that is not to read the caller's memory later. */
  copy(body: ArrayBufferView): Uint8Array {
    return this.#buffer.copy(body)
  }

  /** Takes an operation that can't leave at once. Its payload is the caller's memory or a `copy`. */
  begin(operation: Outgoing): void {
    const { peer } = operation
    this.#open++
    if (peer.waiting.length > 0 || !this.#start(operation)) {
      peer.waiting.push(operation)
      this.#blocked.add(peer)
    }
    if (operation.settled) return
    this.#unsettled.add(operation)
    this.#watch()
  }

  /**
   * The receiver has matched operation `id` and wants the payload for its operation `peerId`.
   *
   * @param invitation the address at which the payload may be written into its memory; 0 when there is none
   */
  grant(peer: Peer, id: number, peerId: number, inPackets: boolean, invitation: number): string | undefined {
    this.#heard(peer)
    const operation = this.#announced.get(id)
    if (operation === undefined || operation.peer !== peer) return `grant for unknown operation ${id}`
    if (operation.granted && (!inPackets || operation.isSent)) return `second grant for operation ${id}`
    const isSupplied = operation.isSent && !operation.granted
    operation.granted = true
    if (isSupplied || operation.bytes === 0) return undefined
    peer.backlog.delete(operation)
    operation.isMoving = true
    const address = inPackets ? undefined : this.#link.transport.expose(peer.rank, operation.body)
    if (address === undefined) this.#emitData(operation, peerId)
    else {
      this.#link.signal(peer, Kind.expose, id, peerId, address)
      if (invitation !== 0) this.#push(operation, peerId, invitation)
    }
    return undefined
  }

  /** The receiver has all of operation `id`. */
  done(peer: Peer, id: number): string | undefined {
    this.#heard(peer)
    const operation = this.#announced.get(id)
    if (operation === undefined || operation.peer !== peer) return `completion of unknown operation ${id}`
    this.#forget(operation)
    operation.resolve()
    return undefined
  }

  /** The receiver has ended, or freed the communicator, without receiving operation `id`. */
  refuse(peer: Peer, id: number, isFreed: boolean): string | undefined {
    const operation = this.#announced.get(id)
    if (operation === undefined || operation.peer !== peer) return `refusal of unknown operation ${id}`
    this.#forget(operation)
    operation.reject(isFreed ? freedError(operation) : endedError(operation, { how: 'ended', detail: '' }))
    return undefined
  }

  /** Credit came back. */
  refilled(peer: Peer): void {
    this.#heard(peer)
    if (peer.backlog.size > 0 && peer.window.isRoomy) this.#supply(peer)
    this.#drain(peer)
  }

  /** Gives up an operation whose timeout or signal fired: withdrawn if it has not left, else only its promise ends. */
  cancel(operation: Outgoing, error: Error): void {
    // It was matched and its payload is being read: a send that has got so far completes.
    if (operation.isMoving) return
    if (operation.peer.waiting.remove(operation)) this.#over(operation)
    else operation.detach(this.#buffer)
    operation.reject(error)
  }

  /** Every operation fails. */
  giveUp(error: (operation: Outgoing) => Error): void {
    const peers = [...this.#announced.values()].map(({ peer }) => peer)
    for (const peer of new Set([...peers, ...this.#blocked])) this.abandon(peer, error)
  }

  /** The peer will take nothing more: every operation to it fails. */
  abandon(peer: Peer, error: (operation: Outgoing) => Error): void {
    for (const operation of peer.waiting.clear()) {
      this.#over(operation)
      operation.reject(error(operation))
    }
    for (const operation of [...this.#announced.values()]) {
      if (operation.peer !== peer) continue
      // The transport may still be reading it.
      if (operation.copy !== undefined) this.#buffer.forget(operation.copy)
      operation.copy = undefined
      this.#forget(operation)
      operation.reject(error(operation))
    }
  }

  /** Operations that are not over, whether or not their promises have resolved. */
  *pending(): IterableIterator<Outgoing> {
    yield* this.#announced.values()
    for (const peer of this.#blocked) yield* peer.waiting
  }

  /** Resolves when every operation is over, buffered ones included. */
  async drained(): Promise<void> {
    if (this.#open > 0)
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve
      })
  }

  close(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Sends or announces an operation. False when there is no credit for it. */
  #start(operation: Outgoing): boolean {
    const { peer, context, tag, type, bytes, signature, body } = operation
    if (bytes > peer.eagerLimit || peer.stalled) return this.#announce(operation)
    if (!peer.window.takeEager(bytes)) return false
    if (operation.synchronous) {
      this.#number(operation)
      operation.granted = true
      this.#emitEager(peer, context, tag, type, bytes, signature, operation.id, FLAG_SYNCHRONOUS, body)
    } else {
      this.#emitEager(peer, context, tag, type, bytes, signature, 0, 0, body)
      this.#over(operation)
      operation.resolve()
    }
    return true
  }

  #announce(operation: Outgoing): boolean {
    const { peer } = operation
    if (!peer.window.takeAnnouncement()) return false
    this.#number(operation)
    const { header } = this.#link
    header.kind = Kind.announce
    header.context = operation.context
    header.tag = operation.tag
    header.type = operation.type
    header.flags = operation.synchronous ? FLAG_SYNCHRONOUS : 0
    header.id = operation.id
    header.peerId = 0
    header.bytes = operation.bytes
    header.offset = 0
    header.signature = operation.signature
    peer.messagesSent++
    this.#link.emit(peer)
    if (peer.stalled) this.#store(operation)
    const isSmall = operation.bytes <= Math.min(peer.eagerLimit, this.#link.transport.limits(peer.rank).fragmentBytes)
    if (isSmall && operation.bytes > 0 && !operation.synchronous) peer.backlog.add(operation)
    return true
  }

  /** Sends the payloads of small announced messages for which there is credit now: none waits for a round trip. */
  #supply(peer: Peer): void {
    for (const operation of peer.backlog) {
      if (!peer.window.takePayload(operation.bytes)) return
      peer.backlog.delete(operation)
      operation.isMoving = true
      this.#emitData(operation, 0)
      // Small enough for the transport to have copied it.
      operation.resolve()
    }
  }

  #number(operation: Outgoing): void {
    do {
      operation.id = this.#nextId
      this.#nextId = this.#nextId === 0xffff_ffff ? 1 : this.#nextId + 1
    } while (this.#announced.has(operation.id))
    this.#announced.set(operation.id, operation)
  }

  #emitEager(
    peer: Peer,
    context: number,
    tag: number,
    type: number,
    bytes: number,
    signature: number,
    id: number,
    flags: number,
    body: ArrayBufferView,
  ): void {
    const { header } = this.#link
    header.kind = Kind.eager
    header.context = context
    header.tag = tag
    header.type = type
    header.flags = flags
    header.id = id
    header.peerId = 0
    header.bytes = bytes
    header.offset = 0
    header.signature = signature
    peer.messagesSent++
    this.#link.emit(peer, bytes === 0 ? undefined : body)
  }

  #emitData(operation: Outgoing, peerId: number): void {
    const { peer, body, bytes } = operation
    const { header, transport } = this.#link
    const { fragmentBytes } = transport.limits(peer.rank)
    operation.isSent = true
    for (let offset = 0; offset < bytes; offset += fragmentBytes) {
      const length = Math.min(fragmentBytes, bytes - offset)
      header.kind = Kind.data
      header.context = 0
      header.tag = 0
      header.type = 0
      header.flags = 0
      header.id = operation.id
      header.peerId = peerId
      header.bytes = length
      header.offset = offset
      header.signature = 0
      peer.messagesSent++
      this.#link.emit(peer, new Uint8Array(body.buffer, body.byteOffset + offset, length))
    }
  }

  /** Copies the second half into the receiver's memory while the receiver copies the first. */
  #push({ peer, id, body, bytes }: Outgoing, peerId: number, invitation: number): void {
    const half = halfOf(bytes)
    const source = new Uint8Array(body.buffer, body.byteOffset + half, bytes - half)
    const isDone = this.#link.transport.push(peer.rank, invitation + half, source)
    this.#link.signal(peer, Kind.pushed, id, peerId, isDone ? half : bytes)
  }

  #drain(peer: Peer): void {
    const { waiting } = peer
    for (let next = waiting.first; next !== undefined && this.#start(next); next = waiting.first) waiting.shift()
  }

  /** The receiver has taken something. */
  #heard(peer: Peer): void {
    peer.stalled = false
    peer.heardAt = this.#turn
  }

  #over(operation: Outgoing): void {
    if (operation.copy !== undefined) this.#buffer.release(operation.copy)
    this.#unsettled.delete(operation)
    this.#open--
    this.#ended()
    if (this.#open === 0) this.#onDrained?.()
  }

  #forget(operation: Outgoing): void {
    this.#announced.delete(operation.id)
    operation.peer.backlog.delete(operation)
    this.#buffer.cede(operation.budget)
    operation.budget = 0
    this.#over(operation)
  }

  /** Copies the payload of an announced operation and lets its promise go, if the budget allows. */
  #store(operation: Outgoing): void {
    if (operation.synchronous || operation.granted || operation.isMoving || operation.settled) return
    operation.budget = this.#buffer.reserve(operation.bytes)
    if (operation.budget === 0) return
    operation.detach(this.#buffer)
    operation.resolve()
  }

  /** Starts the clock by which sends that make no headway are announced and buffered. */
  #watch(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.#tick(), MOMENT)
    this.#timer.unref()
  }

  #tick(): void {
    this.#timer = undefined
    this.#link.transport.poll()
    const due = this.#turn++
    let open = false
    for (const operation of this.#unsettled) {
      if (operation.turn < due && operation.id !== 0) this.#store(operation)
      if (operation.settled) this.#unsettled.delete(operation)
      else open = true
    }
    for (const peer of this.#blocked) {
      const { first } = peer.waiting
      if (first === undefined) this.#blocked.delete(peer)
      else {
        open = true
        // While the receiver takes what it has, its credit comes back: a backlog would only make what follows slower.
        const isSilent = first.turn < due && peer.heardAt < due - PATIENCE
        if (isSilent || first.turn < due - PATIENCE) {
          peer.stalled = true
          this.#drain(peer)
          peer.stalled = isSilent
        }
      }
    }
    if (open) this.#watch()
  }
}

export function endedError(operation: Outgoing, departure: Departure): MpiError {
  const rank = operation.scope.rankOf(operation.peer.rank)
  return new MpiError(
    codeOf(departure),
    `${operation.operation} to rank ${rank} (tag ${operation.tag}): rank ${rank} ${departedText(departure)} without receiving it`,
    {
      peer: rank,
      tag: operation.tag,
      operation: operation.operation,
      communicator: operation.scope.name,
    },
  )
}

export function freedError({
  operation,
  scope,
  peer,
  tag,
}: Pick<Outgoing, 'operation' | 'scope' | 'tag'> & { readonly peer: { readonly rank: number } }): MpiError {
  const rank = scope.rankOf(peer.rank)
  return new MpiError('ERR_FREED', `${operation} to rank ${rank} (tag ${tag}): rank ${rank} has freed ${scope.name}`, {
    peer: rank,
    tag,
    operation,
    communicator: scope.name,
  })
}
