/** The launcher's ends of a remote rank's pipes: output that its reader paces, input that the rank paces. */
import { Readable, Writable } from 'node:stream'

/** Output of a rank: what has been read is granted anew. */
export class Inflow extends Readable {
  readonly #grant: (bytes: number) => void
  /** Bytes received and not yet granted. */
  #owed = 0

  constructor(grant: (bytes: number) => void) {
    super({ highWaterMark: 64 * 1024 })
    this.#grant = grant
  }

  receive(bytes: Buffer): void {
    this.#owed += bytes.length
    if (this.push(bytes)) this.#settle()
  }

  /** The stream has ended, or nothing more can come of it. */
  finish(): void {
    if (!this.readableEnded && !this.destroyed) this.push(null)
  }

  override _read(): void {
    this.#settle()
  }

  #settle(): void {
    if (this.#owed === 0) return
    const bytes = this.#owed
    this.#owed = 0
    this.#grant(bytes)
  }
}

/** Input of a rank: one piece is under way at a time. */
export class Input extends Writable {
  /** Sends a piece, or the end. */
  readonly #send: (bytes: Buffer | undefined) => void
  #taken: (() => void) | undefined

  constructor(send: (bytes: Buffer | undefined) => void) {
    super()
    this.#send = send
  }

  /** The rank has read the piece. */
  taken(): void {
    const taken = this.#taken
    this.#taken = undefined
    taken?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#taken = done
    this.#send(chunk)
  }

  override _final(done: () => void): void {
    this.#send(undefined)
    done()
  }
}
