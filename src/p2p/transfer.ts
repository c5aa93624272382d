/** A matched message whose payload is on its way: the receiver's half of a rendezvous. */
import type { Body } from '../wire/body.ts'
import { Parts } from '../wire/parts.ts'
import { allocate, Code, isRaw, take } from '../wire/payload.ts'
import type { Arrival } from './arrival.ts'
import type { Peer } from './peer.ts'
import { accepts, bytesOf, type PostedReceive } from './posted-receive.ts'

const PAGE = 4096

/** Where the second half of a payload begins that both sides copy. */
export function halfOf(bytes: number): number {
  return Math.floor(bytes / 2 / PAGE) * PAGE
}

export class Transfer {
  readonly id: number
  readonly peer: Peer
  readonly receive: PostedReceive
  readonly arrival: Arrival
  received = 0
  /** Both sides copy: the receiver reads the first half, the sender writes the second. */
  isShared = false
  /** Where the payload lies in the sender's memory; 0 when not known, or not readable. */
  exposed = 0
  /** The whole payload: a typed array, the bytes or parts of a serialised value, or undefined when it went into the target. */
  held: unknown = undefined
  #memory: Uint8Array | undefined = undefined
  /** The places of a payload that is in parts. */
  #parts: Parts | undefined = undefined

  constructor(id: number, peer: Peer, receive: PostedReceive, arrival: Arrival) {
    this.id = id
    this.peer = peer
    this.receive = receive
    this.arrival = arrival
    this.restart()
  }

  /** True when the payload goes into one memory, not in parts. */
  get isContiguous(): boolean {
    return this.#parts === undefined
  }

  get isComplete(): boolean {
    return this.received === this.arrival.bytes
  }

  /** True when the payload goes straight into the receive's own memory. */
  get isDirect(): boolean {
    const { receive, arrival } = this
    return (
      receive.target !== undefined &&
      accepts(receive.target, arrival.type) &&
      arrival.bytes <= receive.target.byteLength
    )
  }

  /** The whole payload is still to come, again. */
  restart(): void {
    this.received = 0
    if (this.arrival.type === Code.parts) this.held = this.#parts = new Parts(this.arrival.bytes)
  }

  /** Where a payload that `isContiguous` goes, exactly as long; allocated when first needed. */
  memory(): Uint8Array {
    return (this.#memory ??= this.#allocate())
  }

  /** Where the bytes from `start` on go, up to `end` or, if it is in parts, as many as go to one place. */
  place(start: number, end: number): Uint8Array {
    return this.#parts?.place ?? this.memory().subarray(start, end)
  }

  /** So many bytes have been brought into their place. Throws an `Error` when no encoder made them. */
  moved(bytes: number): void {
    this.received += bytes
    this.#parts?.advance(bytes)
  }

  /** Puts a piece in place. Returns what is wrong with it, if anything is. */
  add(offset: number, bytes: number, body: Body): string | undefined {
    const total = this.arrival.bytes
    if (offset !== this.received || offset + bytes > total)
      return `a piece of ${bytes} bytes at ${offset} where ${this.received} of ${total} bytes are there`
    const piece = body.bytes.subarray(body.offset, body.offset + bytes)
    this.received += bytes
    if (this.#parts !== undefined) this.#parts.add(piece)
    else if (bytes === total && body.owned && !this.isDirect) {
      this.held = isRaw(this.arrival.type) ? take(this.arrival.type, body, bytes) : piece
    } else this.memory().set(piece, offset)
    return undefined
  }

  #allocate(): Uint8Array {
    const { receive, arrival } = this
    if (this.isDirect && receive.target !== undefined) return bytesOf(receive.target).subarray(0, arrival.bytes)
    const { value, memory } = allocate(arrival.type, arrival.bytes)
    this.held = value ?? memory
    return memory
  }
}
