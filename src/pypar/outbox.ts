/**
 * What `bsend` has started and nobody awaits, and the running size of the buffer that PyPar programs ask for. zmpi
 * buffers by itself: the size is bookkeeping that a ported program may print.
 */
import { serialize } from 'node:v8'
import { elements, isAnyArray } from './ndarray.ts'

export class Outbox {
  readonly #pending = new Set<Promise<void>>()
  #size = 0

  /** Bytes asked for so far. */
  get size(): number {
    return this.#size
  }

  /** Keeps a started send until it is out; its failure is an unhandled rejection, which ends the job. */
  keep(sending: Promise<void>): void {
    this.#pending.add(sending)
    void sending.then(() => this.#pending.delete(sending))
  }

  /** Resolves when every kept send is out. */
  async drained(): Promise<void> {
    await Promise.all(this.#pending)
  }

  reserve(value: unknown): number {
    return (this.#size += payloadBytes(value))
  }

  resize(bytes: number): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0)
      throw new RangeError(`alloc: nbytes is ${String(bytes)}, not an integer of at least 0`)
    return (this.#size = bytes)
  }
}

/** A value that its owner may change at once: zmpi serialises objects inside the call but borrows a whole typed array. */
export function snapshot(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return Buffer.from(value)
  if (isAnyArray(value)) return 'shape' in value ? value : value.slice()
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? structuredClone(value) : value
}

function payloadBytes(value: unknown): number {
  if (isAnyArray(value)) return elements(value).byteLength
  return typeof value === 'string' ? Buffer.byteLength(value) : serialize(value).byteLength
}
