/**
 * The end of a receive that has its message: it gets what it wants (the value, the whole message, its memory filled), or
 * hears why that cannot be. A message of another collective than its own is the business of disagreement.
 */
import { MpiError, type MpiErrorCode } from '../errors.ts'
import { bodyOf, type Body } from '../wire/body.ts'
import type { Codec } from '../wire/codec.ts'
import { byteLengthOf, type TypedArray } from '../wire/element-type.ts'
import type { Header } from '../wire/header.ts'
import { Parts } from '../wire/parts.ts'
import { fill, isRaw, rawCodeOf, take, typeNameOf } from '../wire/payload.ts'
import type { Arrival } from './arrival.ts'
import { describeCallSite } from './call-site.ts'
import type { Disagreement } from './disagreement.ts'
import type { Outstanding } from './outstanding.ts'
import { accepts, type PostedReceive } from './posted-receive.ts'
import { statusOf } from './status.ts'
import type { Statuses } from './statuses.ts'

export class Delivery {
  readonly #codec: Codec
  readonly #outstanding: Outstanding
  readonly #disagreement: Disagreement
  readonly #statuses: Statuses

  constructor(codec: Codec, outstanding: Outstanding, disagreement: Disagreement, statuses: Statuses) {
    this.#codec = codec
    this.#outstanding = outstanding
    this.#disagreement = disagreement
    this.#statuses = statuses
  }

  /** The message lies in a packet. */
  fromPacket(receive: PostedReceive, { source, tag, type, bytes, signature }: Header, body: Body): void {
    if (!this.#ends(receive, source, signature)) return
    if (receive.target !== undefined) this.#fill(receive, receive.target, source, tag, type, bytes, body)
    else {
      let value: unknown
      try {
        value = isRaw(type)
          ? take(type, body, bytes)
          : this.#codec.decode(type, body.bytes, body.offset, bytes, body.memory)
      } catch (error) {
        receive.reject(error)
        return
      }
      resolveWith(receive, source, tag, type, bytes, value)
    }
  }

  /** The payload lies in memory of its own: as a typed array, or as the bytes or parts of a serialised value. */
  fromMemory(receive: PostedReceive, { source, tag, type, bytes, signature }: Arrival, held: unknown): void {
    if (!this.#ends(receive, source, signature)) return
    const { target } = receive
    if (target !== undefined && rawCodeOf(target) === type && bytes <= target.byteLength) {
      // Two arrays of one type: the bits are copied as they are.
      if (bytes > 0) target.set(held as never)
      this.#resolveFilled(receive, source, tag, type, bytes)
    } else if (target !== undefined) {
      this.#fill(receive, target, source, tag, type, bytes, bodyOf(viewOf(held)))
    } else {
      let value: unknown
      try {
        value = isRaw(type)
          ? held
          : held instanceof Parts
            ? this.#codec.join(held)
            : this.#codec.decode(type, held as Uint8Array)
      } catch (error) {
        receive.reject(error)
        return
      }
      resolveWith(receive, source, tag, type, bytes, value)
    }
  }

  /** The payload has gone straight into the receive's target. */
  inPlace(receive: PostedReceive, { source, tag, type, bytes, signature }: Arrival): void {
    if (this.#ends(receive, source, signature)) this.#resolveFilled(receive, source, tag, type, bytes)
  }

  /** What it waits for has come another way, signed like this. */
  elsewhere(receive: PostedReceive, signature: number): void {
    if (this.#ends(receive, receive.source, signature)) receive.resolve(undefined)
  }

  /** False when the message belongs to another collective: then the receive is not over. */
  #ends(receive: PostedReceive, source: number, signature: number): boolean {
    receive.release()
    if (receive.signature !== signature) {
      this.#disagreement.found(receive, source)
      return false
    }
    this.#outstanding.end()
    return true
  }

  /** Copies a payload into the caller's memory. */
  #fill(
    receive: PostedReceive,
    target: TypedArray,
    source: number,
    tag: number,
    type: number,
    bytes: number,
    body: Body,
  ): void {
    if (!accepts(target, type)) {
      const text = `the message is a ${typeNameOf(type)}, the target a ${target.constructor.name}`
      receive.reject(unfit('ERR_MISMATCH', receive, source, tag, text))
      return
    }
    const room = byteLengthOf(target)
    fill(type, body, Math.min(bytes, room), target)
    if (bytes > room && receive.wanted !== 'nothing') {
      const text = `message of ${bytes} bytes truncated to the ${room} bytes of the target`
      receive.reject(unfit('ERR_TRUNCATE', receive, source, tag, text))
    } else this.#resolveFilled(receive, source, tag, type, bytes)
  }

  /** Settles a receive whose target holds the message. */
  #resolveFilled(receive: PostedReceive, source: number, tag: number, type: number, bytes: number): void {
    if (receive.wanted === 'nothing') this.#resolveExact(receive, source, tag, bytes)
    else receive.resolve(this.#statuses.of(receive.scope, source, tag, type, bytes))
  }

  /** Settles a receive of a collective: the message should be as long as the target. */
  #resolveExact(receive: PostedReceive, source: number, tag: number, bytes: number): void {
    const due = receive.target === undefined ? bytes : byteLengthOf(receive.target)
    if (bytes === due) receive.resolve(undefined)
    else {
      const text = `a block of ${bytes} bytes does not fit into one of ${due}`
      receive.reject(unfit('ERR_MISMATCH', receive, source, tag, text))
    }
  }
}

/** What may fill a target. What is in parts fills none: it was serialised. */
function viewOf(held: unknown): ArrayBufferView {
  if (ArrayBuffer.isView(held)) return held
  return held instanceof ArrayBuffer ? new Uint8Array(held) : new Uint8Array(0)
}

function resolveWith(
  receive: PostedReceive,
  source: number,
  tag: number,
  type: number,
  bytes: number,
  value: unknown,
): void {
  if (receive.wanted === 'value') receive.resolve(value)
  else receive.resolve({ ...statusOf(receive.scope, source, tag, type, bytes), value })
}

function unfit(code: MpiErrorCode, receive: PostedReceive, source: number, tag: number, text: string): MpiError {
  const { operation, scope } = receive
  const peer = scope.rankOf(source)
  const known = { peer, operation, communicator: scope.name }
  // The stack shows who has found it, not who has called.
  const site = describeCallSite(receive.site)
  const where = site === undefined ? '' : ` at ${site}`
  // A collective's tags are its own business.
  if (receive.wanted === 'nothing') return new MpiError(code, `${operation}${where} from rank ${peer}: ${text}`, known)
  return new MpiError(code, `${operation}${where} from rank ${peer} (tag ${tag}): ${text}`, { ...known, tag })
}
