/**
 * What a rank publishes on the board of a value of which the others know nothing: the code of its type (see wire/payload),
 * its length in bytes, and all of it when it is short. 48 bytes, which a line of the board holds.
 */
import { MpiError } from '../errors.ts'
import type { Body } from '../wire/body.ts'
import { memoryOf } from '../wire/memory.ts'

const BYTES = 48
const DATA = 16
/** Longer values follow their heads. */
const SHORT = BYTES - DATA

export class ValueHead {
  /** As it is published and read. */
  readonly record: Uint8Array
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  readonly #body: Body

  constructor() {
    const memory = memoryOf(Buffer.from(new ArrayBuffer(BYTES)))
    this.record = new Uint8Array(memory.bytes.buffer)
    this.#words = memory.words
    this.#doubles = memory.doubles
    this.#body = { bytes: memory.bytes, offset: DATA, owned: false, memory }
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
    return this.bytes <= SHORT ? this.#body : undefined
  }

  describe(type: number, bytes: Uint8Array): void {
    const { length } = bytes
    this.#words[0] = type
    this.#doubles[1] = length
    if (length <= SHORT) for (let i = 0; i < length; i++) this.record[DATA + i] = bytes[i] as number
  }
}
