/**
 * Context numbers of this process. Every communicator has two, an even one for point to point and the next for its
 * collectives. Its members agree on the highest that any of them proposes, so that no process ever uses one twice;
 * groups without common members may share a number, since sources tell them apart. Numbers are not used again.
 */

/** `world` has 0 and 1, `self` 2 and 3. */
const FIRST = 4
const LIMIT = 2 ** 32

export class ContextIds {
  #next = FIRST

  /** The lowest number that this process could use; kept for the caller, since several may be agreeing at once. */
  propose(): number {
    if (this.#next >= LIMIT) throw new Error('all 2^31 context numbers of this process are used')
    const own = this.#next
    this.#next += 2
    return own
  }

  /** The members have agreed on `context`. */
  accept(context: number): void {
    this.#next = Math.max(this.#next, context + 2)
  }
}
