/**
 * Where pieces of data lie one after the other in a ring of bytes. A piece lies in one stretch: one that would cross the end lies at the start. Pure arithmetic; whatever the lengths
 * are, nothing leaves the ring.
 */
/** Every piece begins at a multiple of this. */
export const GRAIN_BITS = 12
export const GRAIN = 1 << GRAIN_BITS

export class DataRing {
  readonly #grains: number
  #next = 0
  #passed = 0

  /** @param bytes a multiple of GRAIN */
  constructor(bytes: number) {
    this.#grains = bytes / GRAIN
  }

  /** Grains passed so far, with all gaps: the next piece is no further back. */
  get passed(): number {
    return this.#passed
  }

  /** The byte at which the next piece begins, of so many bytes. */
  start(bytes: number): number {
    return this.#next + this.#length(bytes) > this.#grains ? 0 : this.#next * GRAIN
  }

  /** Grains passed once the next piece is, of so many bytes. */
  passedAfter(bytes: number): number {
    const length = this.#length(bytes)
    return this.#passed + length + (this.#next + length > this.#grains ? this.#grains - this.#next : 0)
  }

  /** Whether the next piece, of so many bytes, spares what began when so many grains had been passed. */
  spares(passed: number, bytes: number): boolean {
    return this.passedAfter(bytes) - this.#grains <= passed
  }

  /** The next piece, of so many bytes, is passed. */
  pass(bytes: number): void {
    const end = this.start(bytes) / GRAIN + this.#length(bytes)
    this.#passed = this.passedAfter(bytes)
    this.#next = end === this.#grains ? 0 : end
  }

  #length(bytes: number): number {
    return bytes > this.#grains * GRAIN ? this.#grains : (bytes + GRAIN - 1) >> GRAIN_BITS
  }
}
