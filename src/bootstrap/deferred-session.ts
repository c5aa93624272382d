/**
 * A session that is made by its first operation: until then nothing of transports and matching is even loaded. Many
 * programs start ranks that never speak, and all of them start.
 */
import type { Algorithms } from '../collectives/select.ts'
import type { ContextIds } from '../comm/context-ids.ts'
import type { Process } from '../comm/context.ts'
import type { Endpoint } from '../p2p/endpoint.ts'
import type { Session } from './session.ts'

export class DeferredSession implements Process {
  readonly rank: number
  readonly algorithms: Algorithms | undefined
  readonly #make: () => Session
  readonly #names = new Map<number, string>()
  #session: Session | undefined = undefined

  /** `make` is called once, and must have the session when it returns. */
  constructor(rank: number, algorithms: Algorithms | undefined, make: () => Session) {
    this.rank = rank
    this.algorithms = algorithms
    this.#make = make
  }

  endpoint(): Endpoint {
    return (this.#session ?? this.#begin()).endpoint()
  }

  get hosts(): readonly number[] | undefined {
    return this.#session?.hosts
  }

  get contexts(): ContextIds {
    return (this.#session ?? this.#begin()).contexts
  }

  name(context: number, name: string): void {
    if (this.#session === undefined) this.#names.set(context, name)
    else this.#session.name(context, name)
  }

  forget(context: number): void {
    this.#session?.forget(context)
  }

  finish(): Promise<void> {
    return (this.#session ?? this.#begin()).finish()
  }

  abort(code: number): never {
    return (this.#session ?? this.#begin()).abort(code)
  }

  #begin(): Session {
    const session = this.#make()
    for (const [context, name] of this.#names) session.name(context, name)
    this.#session = session
    return session
  }
}
