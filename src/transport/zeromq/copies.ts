/**
 * Copies of bodies in memory that is used again: fresh memory costs more than the copy itself. ZeroMQ does not tell
 * when it has read a body, but the peer tells how many bodies it has received from here.
 */

/** Memory that the pool may hold, and the smallest piece in it. */
const POOL_BYTES = 16 << 20
const LEAST = 1 << 14

export class CopyPool {
  /** Free pieces by the logarithm of their size. */
  readonly #free: Uint8Array[][] = []
  /** The memory of all pieces of the pool, free or not. */
  readonly #pooled = new WeakSet<ArrayBufferLike>()
  #bytes = 0

  /** A copy in a free or new piece of the pool, or in memory of its own when the pool is in use. */
  copy(body: Uint8Array): Uint8Array {
    const order = orderOf(body.byteLength)
    let piece = this.#free[order]?.pop()
    if (piece === undefined) {
      const isPooled = this.#bytes + 2 ** order <= POOL_BYTES
      piece = Buffer.allocUnsafeSlow(isPooled ? 2 ** order : body.byteLength)
      if (isPooled) {
        this.#bytes += 2 ** order
        this.#pooled.add(piece.buffer)
      }
    }
    const copy = new Uint8Array(piece.buffer, 0, body.byteLength)
    copy.set(body)
    return copy
  }

  /** Nobody reads this copy any more. */
  release(copy: Uint8Array): void {
    if (!this.#pooled.has(copy.buffer)) return
    const free = (this.#free[orderOf(copy.byteLength)] ??= [])
    free.push(new Uint8Array(copy.buffer))
  }

  /** This copy will never be known to be read: its memory leaves the pool. */
  forget(copy: Uint8Array): void {
    if (this.#pooled.delete(copy.buffer)) this.#bytes -= copy.buffer.byteLength
  }
}

/** What has gone to one peer in copies that it has not acknowledged yet. */
export class LentCopies {
  readonly #pool: CopyPool
  #copies: { readonly number: number; readonly copy: Uint8Array }[] = []
  #sent = 0

  constructor(pool: CopyPool) {
    this.#pool = pool
  }

  get some(): boolean {
    return this.#copies.length > 0
  }

  /** The body that goes to the peer next: the caller's or a copy. */
  next(body: Uint8Array, mustCopy: boolean): Uint8Array {
    this.#sent = (this.#sent + 1) | 0
    if (!mustCopy) return body
    const copy = this.#pool.copy(body)
    this.#copies.push({ number: this.#sent, copy })
    return copy
  }

  /** The peer has received so many bodies, modulo 2^32. */
  acknowledge(received: number): void {
    let first = this.#copies[0]
    while (first !== undefined && ((received - first.number) | 0) >= 0) {
      this.#pool.release(first.copy)
      this.#copies.shift()
      first = this.#copies[0]
    }
  }

  clear(): void {
    for (const { copy } of this.#copies) this.#pool.forget(copy)
    this.#copies = []
  }
}

function orderOf(bytes: number): number {
  return 32 - Math.clz32(Math.max(bytes, LEAST) - 1)
}
