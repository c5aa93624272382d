/**
 * From which collective on the ranks use their board. All must go the same way in each call, nobody may have to wait for
 * another to find out which, and how far the others are, each rank sees only roughly. So every rank says which call it
 * begins, before it looks whether the board is used; and rank 0, once all have opened the board, proposes a call that nobody
 * has begun, looks whether that is still so, and confirms it. Who comes to that call in between withdraws the proposal: then
 * rank 0 makes another one, at once.
 *
 * Whoever had passed the proposed call without seeing the proposal had said so before it was made (each says, then looks),
 * and is seen by rank 0, which says, then looks, too: Dekker's way to exclude each other (in Dijkstra: Cooperating
 * sequential processes, 1965).
 */
import type { BoardLayout } from './board-layout.ts'

/** The verdict: 0, or twice the call from which on the board is used, plus one; and one more when that is confirmed. */
const NONE = 0
const CONFIRMED = 1
/** Others begin calls meanwhile, but hardly so often in a row in a fraction of a µs each. */
const TRIES = 100
/** Of later calls some have no room in it. A board that is not used by then never is. */
const LAST_CALL = 2 ** 29

export class BoardAdoption {
  readonly #words: Int32Array
  readonly #layout: BoardLayout
  readonly #own: number
  readonly #isComplete: () => boolean
  readonly #atomics: Pick<typeof Atomics, 'load' | 'store' | 'compareExchange'>

  /**
   * @param isComplete whether every rank has opened the board
   * @param atomics for tests, which go between its steps
   */
  constructor(
    words: Int32Array,
    layout: BoardLayout,
    own: number,
    isComplete: () => boolean,
    atomics: Pick<typeof Atomics, 'load' | 'store' | 'compareExchange'> = Atomics,
  ) {
    this.#words = words
    this.#layout = layout
    this.#own = own
    this.#isComplete = isComplete
    this.#atomics = atomics
  }

  /** This rank begins a call. True when it and all later ones are on the board: then this need not be asked again. */
  begins(call: number): boolean {
    if (call > LAST_CALL) return false
    const { store, load, compareExchange } = this.#atomics
    const verdict = this.#layout.verdict >> 2
    store(this.#words, this.#layout.begun(this.#own) >> 2, call + 1)
    let said = load(this.#words, verdict)
    if (said === NONE && this.#own === 0 && this.#isComplete()) said = this.#propose(call)
    if (said === NONE || call < callOf(said)) return false
    // Not confirmed yet, and nobody may have to wait until it is: unless it has just become so, it never will be.
    if (!isConfirmed(said)) said = compareExchange(this.#words, verdict, said, NONE)
    return isConfirmed(said) && call >= callOf(said)
  }

  /** The verdict that comes of it. */
  #propose(call: number): number {
    const { store, load, compareExchange } = this.#atomics
    const verdict = this.#layout.verdict >> 2
    for (let i = 0; i < TRIES; i++) {
      const first = this.#firstNotBegun(call)
      const proposal = first * 2 + 2
      store(this.#words, verdict, proposal)
      const isPassed = this.#firstNotBegun(call) > first
      compareExchange(this.#words, verdict, proposal, isPassed ? NONE : proposal + CONFIRMED)
      const said = load(this.#words, verdict)
      if (said !== NONE) return said
    }
    return NONE
  }

  /** The first call that no other rank has begun and this one, which begins `call`, has not passed. */
  #firstNotBegun(call: number): number {
    let first = call
    for (let rank = 1; rank < this.#layout.ranks; rank++)
      first = Math.max(first, this.#atomics.load(this.#words, this.#layout.begun(rank) >> 2))
    return first
  }
}

function callOf(verdict: number): number {
  return (verdict >> 1) - 1
}

function isConfirmed(verdict: number): boolean {
  return (verdict & CONFIRMED) === CONFIRMED
}
