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

/** What of a memory is copied, between two addresses, and from where on it has not been moved yet. */
interface Range {
  readonly start: number
  readonly end: number
  copies: number
  rest: number
}

export class HugePages {
  readonly #advise: (address: number, bytes: number, advice: number) => number
  readonly #ranges = new WeakMap<ArrayBufferLike, Range>()

  /** @param advise madvise(2) */
  constructor(advise: (address: number, bytes: number, advice: number) => number) {
    this.#advise = advise
  }

  /** An array is about to be copied, which begins at `address`. */
  copied(array: ArrayBufferView, address: number): void {
    const bytes = array.byteLength
    if (bytes < LEAST_BYTES) return
    const range = this.#ranges.get(array.buffer)
    if (range === undefined || address < range.start || address + bytes > range.end)
      this.#ranges.set(array.buffer, this.#wished(address, address + bytes))
    else if (++range.copies > COPIES && range.rest < range.end) this.#move(range)
  }

  #wished(start: number, end: number): Range {
    const first = up(start, PAGE)
    this.#advise(first, end - first, MADV_HUGEPAGE)
    return { start, end, copies: 1, rest: up(start, HUGE_PAGE) }
  }

  /** What cannot be moved now (somebody has pinned it, nobody has touched it) stays where it is. */
  #move(range: Range): void {
    const bytes = Math.min(STEP, range.end - range.rest)
    this.#advise(range.rest, bytes, MADV_COLLAPSE)
    range.rest += bytes
  }
}

function up(address: number, unit: number): number {
  return Math.ceil(address / unit) * unit
}
