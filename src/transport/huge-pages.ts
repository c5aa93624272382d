/**
 * Huge pages for large arrays that are copied between processes: the system then finds and pins a 512th of the pages, and
 * translates their addresses in fewer steps; a copy takes half the time. Memory that nobody has touched yet lies in them if that is
 * asked for, as NumPy does. What a program had filled before is moved there: that takes as long as some ten copies, so only
 * what has been copied so often is, and little of it at a time, as the program waits. All of it is a wish: it may be refused.
 */

/** From here on; as NumPy. */
const LEAST_BYTES = 4 * 1024 * 1024
const PAGE = 4096
const HUGE_PAGE = 2 * 1024 * 1024
const MADV_HUGEPAGE = 14
/** Since Linux 6.1. */
const MADV_COLLAPSE = 25
/** Copies after which memory is moved, and how much of it at once. */
const COPIES = 16
const STEP = 4 * 1024 * 1024

/** Between two addresses: what has not been moved yet. */
interface Rest {
  copies: number
  start: number
  readonly end: number
}

export class HugePages {
  readonly #advise: (address: number, bytes: number, advice: number) => number
  readonly #rests = new WeakMap<ArrayBufferLike, Rest>()

  /** @param advise madvise(2): 0, or not */
  constructor(advise: (address: number, bytes: number, advice: number) => number) {
    this.#advise = advise
  }

  /** An array is about to be copied, which begins at `address`. */
  copied(array: ArrayBufferView, address: number): void {
    if (array.byteLength < LEAST_BYTES) return
    const rest = this.#rests.get(array.buffer)
    if (rest === undefined) this.#rests.set(array.buffer, this.#wished(array, address))
    else if (rest.start < rest.end && ++rest.copies > COPIES) this.#move(rest)
  }

  #wished({ buffer, byteOffset }: ArrayBufferView, address: number): Rest {
    const first = address - byteOffset
    const end = first + buffer.byteLength
    const start = up(first, PAGE)
    this.#advise(start, end - start, MADV_HUGEPAGE)
    return { copies: 1, start: up(first, HUGE_PAGE), end }
  }

  #move(rest: Rest): void {
    const bytes = Math.min(STEP, rest.end - rest.start)
    const isMoved = this.#advise(rest.start, bytes, MADV_COLLAPSE) === 0
    rest.start = isMoved ? rest.start + bytes : rest.end
  }
}

function up(address: number, unit: number): number {
  return Math.ceil(address / unit) * unit
}
