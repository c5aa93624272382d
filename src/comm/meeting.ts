/**
 * How the ranks find out that all of them share a board. Each opens it, or fails to, before it takes part in their first
 * collective that ends for nobody before all have entered it; when it has ended, who has opened it is final. Where it fails,
 * a rank knows nothing of the others, who may have met: so the first whose call is over settles it for all. Calls made
 * meanwhile wait for that, since all ranks must go the same way.
 */
import type { Operation } from '../collectives/signature.ts'
import type { Assembly } from '../p2p/assembly.ts'
import type { Endpoint } from '../p2p/endpoint.ts'

const SYNCHRONISING: ReadonlySet<Operation> = new Set([
  'barrier',
  'allreduce',
  'allreduceInto',
  'allgather',
  'allgatherInto',
  'alltoall',
  'alltoallInto',
])

export class Meeting {
  readonly #endpoint: Endpoint
  #state: 'unknown' | 'being decided' | 'decided' = 'unknown'
  #opened: Assembly | undefined = undefined
  #assembly: Assembly | undefined = undefined
  #deferred: (() => void)[] = []
  /** Of the latest call. */
  #context = 0
  #call = 0

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  get isDecided(): boolean {
    return this.#state === 'decided'
  }

  /** Where it is known that all ranks have it. */
  get assembly(): Assembly | undefined {
    return this.#assembly
  }

  /** While it is not known: takes what is to be done then. */
  get defer(): ((run: () => void) => void) | undefined {
    return this.#state === 'being decided' ? (run) => void this.#deferred.push(run) : undefined
  }

  /** A collective begins. */
  begun(operation: Operation): void {
    if (this.#state === 'unknown' && SYNCHRONISING.has(operation)) this.#opened = this.#endpoint.assembly()
  }

  /** A collective was called. */
  called(context: number, call: number): void {
    if (this.#assembly !== undefined) return this.#assembly.called(context, call)
    this.#context = context
    this.#call = call
  }

  /** It has begun, the first of a kind by messages. */
  hold(operation: Operation, result: Promise<unknown>): void {
    if (this.#state !== 'unknown' || !SYNCHRONISING.has(operation)) return
    this.#state = 'being decided'
    result.then(
      () => this.#decide(true),
      () => this.#decide(false),
    )
  }

  #decide(hasMet: boolean): void {
    if (this.#opened?.settle(hasMet) === true) this.#assembly = this.#opened
    this.#state = 'decided'
    const deferred = this.#deferred
    this.#deferred = []
    for (const run of deferred) run()
    this.#assembly?.called(this.#context, this.#call)
  }
}
