/**
 * The board that all ranks share, from the collective on from which they use it (transport/board-adoption). Until then, and
 * where there is none, collectives go by messages.
 *
 * Which call that is differs from run to run, and the order in which values are folded differs between board and messages.
 * So that the bits of a result do not, reductions use the board only after two calls in which all wait for all, once it is open: the
 * first has shown rank 0 that all have opened it, and at the second rank 0 has proposed a call no later than the one after it.
 */
import type { Operation } from '../collectives/signature.ts'
import type { Assembly } from '../p2p/assembly.ts'
import type { Endpoint } from '../p2p/endpoint.ts'

/** What a board makes quicker, of so many ranks and more. */
const WORTH_OPENING: ReadonlyMap<Operation, number> = new Map([
  ['barrier', 2],
  ['broadcast', 3],
  ['broadcastInto', 2],
  ['scatter', 2],
  ['scatterInto', 2],
  ['gather', 2],
  ['gatherInto', 2],
  ['reduce', 2],
  ['reduceInto', 2],
  ['allreduce', 2],
  ['allreduceInto', 2],
  ['allgather', 3],
  ['allgatherInto', 2],
  ['alltoallInto', 2],
])
export const FOLDING: ReadonlySet<Operation> = new Set(['reduce', 'reduceInto', 'allreduce', 'allreduceInto'])
/** Ends for nobody before all have begun it. */
const SYNCHRONISING: ReadonlySet<Operation> = new Set([
  'barrier',
  'allreduce',
  'allreduceInto',
  'allgather',
  'allgatherInto',
  'alltoall',
  'alltoallInto',
])
/** To open it takes 3 ms, in which a hundred such calls go by messages: a program that makes fewer than these does without. */
export const OPENING_CALL = 8
const CERTAIN_AFTER = 2

export class Adoption {
  readonly #endpoint: Endpoint
  #opened: Assembly | undefined = undefined
  #adopted: Assembly | undefined = undefined
  /** Calls for which a board is worth opening, until it is; calls since it is open in which all wait for all. Alike on all ranks. */
  #worth = 0
  #synchronised = 0
  /** Reductions use it too. */
  #folds = false

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  /** Where all ranks use it for the call that has begun, which is a reduction or is none. */
  assembly(isFolding: boolean): Assembly | undefined {
    return this.#folds || !isFolding ? this.#adopted : undefined
  }

  /** A collective begins. */
  begun(operation: Operation, context: number, call: number): void {
    if (this.#adopted !== undefined) return
    if (this.#opened === undefined && this.#isWorth(operation) && this.#worth === OPENING_CALL - 1)
      this.#opened = this.#endpoint.assembly()
    if (this.#opened?.begins(context, call) === true) this.#adopted = this.#opened
  }

  /** A collective was called: it counts. */
  called(operation: Operation, context: number, call: number): void {
    this.#adopted?.called(context, call)
    if (!this.#folds) this.#count(operation)
  }

  #count(operation: Operation): void {
    if (this.#worth < OPENING_CALL && this.#isWorth(operation)) this.#worth++
    if (this.#worth === OPENING_CALL && SYNCHRONISING.has(operation))
      this.#folds = ++this.#synchronised === CERTAIN_AFTER
  }

  #isWorth(operation: Operation): boolean {
    return this.#endpoint.size >= (WORTH_OPENING.get(operation) ?? Number.POSITIVE_INFINITY)
  }
}
