/** A message that has arrived: announced, or whole and with no receive that waited for it. */
import type { Body } from '../wire/body.ts'
import type { Envelope } from '../wire/envelope.ts'
import { FLAG_SYNCHRONOUS, type Header } from '../wire/header.ts'
import { isRaw, take } from '../wire/payload.ts'
import type { Transfer } from './transfer.ts'

export class Arrival implements Envelope {
  readonly context: number
  readonly source: number
  readonly tag: number
  readonly type: number
  readonly bytes: number
  readonly signature: number
  /** The sender's operation, for announced and synchronous messages; 0 for others. */
  readonly id: number
  /** True while the payload is still with the sender. */
  announced: boolean
  readonly synchronous: boolean
  /** A typed array ready to be handed out, or the bytes or the parts of a serialised value. */
  held: unknown
  /** Brings the payload of an announced message that was matched. */
  transfer: Transfer | undefined = undefined

  constructor(
    context: number,
    source: number,
    tag: number,
    type: number,
    bytes: number,
    signature: number,
    id: number,
    announced: boolean,
    synchronous: boolean,
    held: unknown,
  ) {
    this.context = context
    this.source = source
    this.tag = tag
    this.type = type
    this.bytes = bytes
    this.signature = signature
    this.id = id
    this.announced = announced
    this.synchronous = synchronous
    this.held = held
  }
}

/** @param held the payload, unless it was only announced */
export function arrivalOf(header: Header, announced: boolean, held: unknown): Arrival {
  const synchronous = (header.flags & FLAG_SYNCHRONOUS) !== 0
  return new Arrival(
    header.context,
    header.source,
    header.tag,
    header.type,
    header.bytes,
    header.signature,
    header.id,
    announced,
    synchronous,
    held,
  )
}

/** The payload of a packet, in memory of its own. */
export function keep(type: number, body: Body, bytes: number): unknown {
  return isRaw(type) ? take(type, body, bytes) : body.bytes.slice(body.offset, body.offset + bytes)
}
