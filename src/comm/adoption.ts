/**
 * The board that all ranks share, from the collective on from which they use it (transport/board-adoption). Until then, and
 * where there is none, collectives go by messages.
 */
import type { Operation } from '../collectives/signature.ts'
import type { Assembly } from '../p2p/assembly.ts'
import type { Endpoint } from '../p2p/endpoint.ts'

/** Those which a board makes quicker. */
const WORTH_OPENING: ReadonlySet<Operation> = new Set([
  'barrier',
  'broadcast',
  'broadcastInto',
  'allreduce',
  'allreduceInto',
  'allgather',
  'allgatherInto',
  'alltoall',
  'alltoallInto',
])
/** To open it takes 3 ms, in which a hundred such calls go by messages: a program that makes fewer than these does without. */
const OPENING_CALL = 8

export class Adoption {
  readonly #endpoint: Endpoint
  /** For which a board is worth opening. */
  #calls = 0
  #opened: Assembly | undefined = undefined
  #adopted: Assembly | undefined = undefined

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  /** Where all ranks use it. */
  get assembly(): Assembly | undefined {
    return this.#adopted
  }

  /** A collective begins. */
  begun(operation: Operation, context: number, call: number): void {
    if (this.#adopted !== undefined) return
    if (WORTH_OPENING.has(operation) && ++this.#calls === OPENING_CALL) this.#opened = this.#endpoint.assembly()
    if (this.#opened?.begins(context, call) === true) this.#adopted = this.#opened
  }

  /** A collective was called. */
  called(context: number, call: number): void {
    this.#adopted?.called(context, call)
  }
}
