/**
 * What a rank publishes on the board of a value of which the others know nothing: the code of its type (see wire/payload),
 * its length in bytes, and all of it when it is short. By default 48 bytes, which a line of the board holds.
 */
import { MpiError } from '../errors.ts'
import type { Body } from '../wire/body.ts'
import { memoryOf } from '../wire/memory.ts'

const BYTES = 48
const DATA = 16
/** Up to here a loop is quicker than a call to copy memory. */
const LOOP_BYTES = 64

export class ValueHead {
  /** As it is published and read. */
  record: Uint8Array
  readonly #all: Uint8Array
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  readonly #body: Body
  /** Longer values follow their heads. */
  readonly #short: number

  /** @param capacity the most bytes of a record */
  constructor(capacity = BYTES) {
    const memory = memoryOf(Buffer.from(new ArrayBuffer(capacity)))
    this.#all = new Uint8Array(memory.bytes.buffer)
    this.record = this.#all
    this.#words = memory.words
    this.#doubles = memory.doubles
    this.#body = { bytes: memory.bytes, offset: DATA, owned: false, memory }
    this.#short = capacity - DATA
  }

  /** Sets the length of the record that is read next. Throws `ERR_PROTOCOL` when it can have none such. */
  expect(bytes: number): void {
    if (bytes < DATA || bytes > this.#all.length) throw new MpiError('ERR_PROTOCOL', `a head of ${bytes} bytes`)
    if (bytes !== this.record.length) this.record = this.#all.subarray(0, bytes)
  }

  get type(): number {
    return this.#words[0] as number
  }

  /** Throws `ERR_PROTOCOL` when no rank can have meant what was read. */
  get bytes(): number {
    const bytes = this.#doubles[1] as number
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new MpiError('ERR_PROTOCOL', `a value of ${bytes} bytes`)
    return bytes
  }

  /** The bytes of the value, which is short; undefined of others, which follow. */
  get body(): Body | undefined {
    const { bytes } = this
    if (bytes > this.#short) return undefined
    if (DATA + bytes > this.record.length)
      throw new MpiError('ERR_PROTOCOL', `a value of ${bytes} bytes in a head of ${this.record.length}`)
    return this.#body
  }

  describe(type: number, bytes: Uint8Array): void {
    const { length } = bytes
    this.#words[0] = type
    this.#doubles[1] = length
    if (length > this.#short) return
    if (length > LOOP_BYTES) this.#all.set(bytes, DATA)
    else for (let i = 0; i < length; i++) this.#all[DATA + i] = bytes[i] as number
  }

  /** The same with a record that is as long as it need be. */
  describeIn(type: number, bytes: Uint8Array): void {
    this.describe(type, bytes)
    this.expect(DATA + (bytes.length > this.#short ? 0 : bytes.length))
  }
}
