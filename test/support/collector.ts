/** Writables that remember, for tests of what is written where, when, and in how many pieces. */
import { Writable } from 'node:stream'

/** Takes everything at once. */
export class Collector extends Writable {
  readonly pieces: Buffer[] = []

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.pieces.push(Buffer.from(chunk))
    done()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.pieces)
  }

  /** The bytes, one character each. */
  get text(): string {
    return this.bytes.toString('latin1')
  }
}

/** Takes a piece and is then busy until `next` is called. */
export class SlowCollector extends Collector {
  #done: ((error?: Error | null) => void) | undefined

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.pieces.push(Buffer.from(chunk))
    this.#done = done
  }

  get isBusy(): boolean {
    return this.#done !== undefined
  }

  /** Is ready for the next piece, or fails. */
  next(error?: Error): void {
    const done = this.#done
    this.#done = undefined
    done?.(error)
  }
}

/** Lets everything that can happen without time passing happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}
