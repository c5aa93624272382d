/** What sets a communicator apart from all others: its processes, in their order, its name, and the number in its packets. */
import type { Algorithms } from '../collectives/select.ts'
import { MpiError } from '../errors.ts'
import type { Endpoint } from '../p2p/endpoint.ts'
import type { Scope } from '../p2p/scope.ts'
import type { ContextIds } from './context-ids.ts'
import type { Group } from './group.ts'

/** What a communicator needs of its process. */
export interface Process {
  /** World rank. */
  readonly rank: number
  /** The endpoint, opened at the first call. Throws when communication has ended. */
  endpoint(): Endpoint
  readonly contexts: ContextIds
  /** A number for the host of each process, where that is known. Asked after `endpoint`. */
  readonly hosts?: readonly number[] | undefined
  /** Algorithms that the user forces. */
  readonly algorithms: Algorithms | undefined
  /** Tells what the context of a communicator is called, for reports. */
  name(context: number, name: string): void
  /** The communicator of this context was freed. */
  forget(context: number): void
  /** Ends the whole job. */
  abort(code: number): never
}

/** The contexts of `world` and `self` come first. */
const PERMANENT = 4

export class Context implements Scope {
  readonly process: Process
  readonly group: Group
  /** The number of point-to-point messages; the next one is the collectives'. */
  readonly id: number
  readonly name: string
  #isFreed = false

  constructor(process: Process, group: Group, id: number, name: string) {
    this.process = process
    this.group = group
    this.id = id
    this.name = name
    process.name(id, name)
  }

  /** World ranks of the members. */
  get processes(): readonly number[] {
    return this.group.processes
  }

  /** Rank in the communicator of a process. */
  rankOf(process: number): number {
    return this.group.rankOf(process)
  }

  /** `world` and `self` are never freed. */
  get isPermanent(): boolean {
    return this.id < PERMANENT
  }

  /** The endpoint, unless the communicator was freed. */
  endpoint(): Endpoint {
    if (this.#isFreed)
      throw new MpiError('ERR_FREED', `${this.name} was freed: no operation can be started on it`, {
        communicator: this.name,
      })
    return this.process.endpoint()
  }

  /** What waits ends; nothing can be started any more. */
  free(): void {
    if (this.#isFreed) return
    if (this.isPermanent) throw new TypeError(`${this.name} cannot be freed; it ends with the job`)
    const endpoint = this.endpoint()
    this.#isFreed = true
    endpoint.forget(this.id, this)
    endpoint.forget(this.id + 1, this)
    endpoint.disagreement.forget(this.id + 1)
    this.process.forget(this.id)
  }

  /** How an operation ends whose signal was aborted before the call. */
  aborted(operation: string, signal: AbortSignal): MpiError {
    const error = new MpiError('ERR_ABORTED', `${operation}: its signal was aborted before the call`, {
      operation,
      communicator: this.name,
      cause: signal.reason,
    })
    error.name = 'AbortError'
    return error
  }
}
