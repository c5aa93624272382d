/**
 * Context numbers of new communicators. Every communicator has two, an even one for point to point and the next for its
 * collectives. The first rank of the communicator that it is made from chooses them, out of the numbers that only this
 * process may give away: process p of P has every P-th pair, from the p-th on. So no two choices are ever the same, in
 * whatever order and from however many communicators new ones are made at the same time. Groups that one `split` makes
 * share a number, since sources tell them apart. Numbers are not used again.
 */

/** `world` has 0 and 1, `self` 2 and 3. */
const FIRST = 4
const LIMIT = 2 ** 32

export class ContextIds {
  #next: number
  readonly #step: number

  /** Of the process with this world rank, among `size`. */
  constructor(rank: number, size: number) {
    this.#next = FIRST + 2 * rank
    this.#step = 2 * size
  }

  /** A number that no process has ever chosen, nor will. */
  choose(): number {
    if (this.#next + 1 >= LIMIT) throw new RangeError('all context numbers that this process may choose are used')
    const own = this.#next
    this.#next += this.#step
    return own
  }
}
