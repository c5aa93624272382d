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
/** Small pieces are cut from slabs, since an ArrayBuffer for each would cost hundreds of bytes. */
const SLAB_BYTES = 256 << 10
const CUT_BYTES = 32 << 10
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

  /** A copy of a payload, and of the rest behind it, whether or not the budget has room for it. */
  copy(body: ArrayBufferView, rest: readonly ArrayBufferView[] = []): Uint8Array {
    const pieces = [body, ...rest]
    let length = 0
    for (const { byteLength } of pieces) length += byteLength
    const copy = this.#memory(length)
    let at = 0
    for (const { buffer, byteOffset, byteLength } of pieces) {
      copy.set(new Uint8Array(buffer, byteOffset, byteLength), at)
      at += byteLength
    }
    return copy
  }

  /** Nobody reads this copy any more. */
  release(copy: Uint8Array): void {
    if (copy.length <= SMALL_BYTES) return
    const size = pieceBytes(copy.length)
    this.#copiedBytes -= size
    this.#keep(copy, size)
    if (this.#copiedBytes === 0 && this.#freeBytes > KEPT_BYTES) this.#clear()
  }

  /** This copy will never be known to be read: its memory is left to the collector. */
  forget(copy: Uint8Array): void {
    if (copy.length > SMALL_BYTES) this.#copiedBytes -= pieceBytes(copy.length)
  }

  #memory(length: number): Uint8Array {
    if (length <= SMALL_BYTES) return new Uint8Array(length)
    const piece = this.#piece(pieceBytes(length))
    return piece.length === length ? piece : new Uint8Array(piece.buffer, piece.byteOffset, length)
  }

  #piece(size: number): Uint8Array {
    const free = this.#free.get(size)?.pop()
    if (free !== undefined) this.#freeBytes -= size
    const piece = free ?? this.#make(size)
    this.#copiedBytes += size
    return piece
  }

  #make(size: number): Uint8Array {
    // Pieces of other sizes would add to it.
    if (this.heldBytes + size > this.#limit) this.#clear()
    if (size > CUT_BYTES) return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer)
    const slab = new Uint8Array(Buffer.allocUnsafeSlow(SLAB_BYTES).buffer)
    for (let at = size; at + size <= SLAB_BYTES; at += size) this.#keep(slab.subarray(at, at + size), size)
    return slab.subarray(0, size)
  }

  #keep(piece: Uint8Array, size: number): void {
    this.#freeBytes += size
    const free = this.#free.get(size)
    if (free === undefined) this.#free.set(size, [piece])
    else free.push(piece)
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
