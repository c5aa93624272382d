/**
 * Memory for payloads that wait at the sender, within a budget. What has gone makes room at once: its memory is used
 * again, not left to the garbage collector, which under a flood would let twice the budget pile up before it looks.
 */

/** What a buffered message costs besides its payload: the records of it, and what the collector leaves of earlier ones. */
export const RECORD_BYTES = 1024
/** Pieces that may lie unused while nothing is buffered. */
const KEPT_BYTES = 16 << 20
/** Up to here memory of its own costs little. */
const SMALL_BYTES = 64
/** Sizes of pieces between a power of two and the next: a payload wastes at most a quarter of itself. */
const STEPS = 4

export class SendBuffer {
  readonly #limit: number
  /** Pieces that hold nothing, by size. */
  readonly #free = new Map<number, Uint8Array[]>()
  #freeBytes = 0
  #copiedBytes = 0
  #reservedBytes = 0

  /** @param limit bytes of the budget */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes of the budget that are taken. */
  get reservedBytes(): number {
    return this.#reservedBytes
  }

  /** Bytes of all pieces, those that hold nothing included. */
  get heldBytes(): number {
    return this.#copiedBytes + this.#freeBytes
  }

  /** Takes so many bytes, and what the record costs, out of the budget. Returns how much that is; 0: there is not so much. */
  reserve(bytes: number): number {
    const cost = pieceBytes(bytes) + RECORD_BYTES
    if (this.#reservedBytes + cost > this.#limit) return 0
    this.#reservedBytes += cost
    return cost
  }

  /** Gives back what `reserve` returned. */
  cede(cost: number): void {
    this.#reservedBytes -= cost
  }

  /** A copy of a payload, whether or not the budget has room for it. */
  copy(body: ArrayBufferView): Uint8Array {
    const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
    if (bytes.length <= SMALL_BYTES) return bytes.slice()
    const size = pieceBytes(bytes.length)
    const copy = new Uint8Array(this.#piece(size).buffer, 0, bytes.length)
    this.#copiedBytes += size
    copy.set(bytes)
    return copy
  }

  /** Nobody reads this copy any more. */
  release(copy: ArrayBufferView): void {
    const size = copy.buffer.byteLength
    if (copy.byteLength <= SMALL_BYTES) return
    this.#copiedBytes -= size
    this.#freeBytes += size
    const free = this.#free.get(size)
    const piece = new Uint8Array(copy.buffer)
    if (free === undefined) this.#free.set(size, [piece])
    else free.push(piece)
    if (this.#copiedBytes === 0 && this.#freeBytes > KEPT_BYTES) this.#clear()
  }

  /** This copy will never be known to be read: its memory is left to the collector. */
  forget(copy: ArrayBufferView): void {
    if (copy.byteLength > SMALL_BYTES) this.#copiedBytes -= copy.buffer.byteLength
  }

  #piece(size: number): Uint8Array {
    const piece = this.#free.get(size)?.pop()
    if (piece !== undefined) {
      this.#freeBytes -= size
      return piece
    }
    // Pieces of other sizes would add to it.
    if (this.heldBytes + size > this.#limit) this.#clear()
    return Buffer.allocUnsafeSlow(size)
  }

  #clear(): void {
    this.#free.clear()
    this.#freeBytes = 0
  }
}

/** The size of the piece for a payload. */
function pieceBytes(bytes: number): number {
  if (bytes <= SMALL_BYTES) return bytes
  const step = 2 ** Math.floor(Math.log2(bytes)) / STEPS
  return Math.ceil(bytes / step) * step
}
