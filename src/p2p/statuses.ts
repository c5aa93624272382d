/**
 * The statuses of received messages. One like an earlier one (same communicator, sender, tag, type and length) is the same
 * object, and so is a promise that was resolved with it: to make both, and to look whether the status is a promise itself,
 * takes longer than all the rest of a small receive.
 */
import type { Scope } from './scope.ts'
import { statusOf, type Status } from './status.ts'

/** Statuses that are kept. A power of two. */
const KEPT = 64

interface Entry {
  readonly scope: Scope
  readonly source: number
  readonly type: number
  /** Frozen, since many see it. */
  readonly status: Status
  readonly promise: Promise<Status>
}

export class Statuses {
  readonly #entries: (Entry | undefined)[] = Array.from({ length: KEPT }, () => undefined)
  #latest: Entry | undefined = undefined

  of(scope: Scope, source: number, tag: number, type: number, bytes: number): Status {
    const index = (source * 31 + tag * 7 + type + (bytes >> 3)) & (KEPT - 1)
    let entry = this.#entries[index]
    if (
      entry?.source !== source ||
      entry.type !== type ||
      entry.scope !== scope ||
      entry.status.tag !== tag ||
      entry.status.bytes !== bytes
    ) {
      const status = Object.freeze(statusOf(scope, source, tag, type, bytes))
      entry = { scope, source, type, status, promise: Promise.resolve(status) }
      this.#entries[index] = entry
    }
    this.#latest = entry
    return entry.status
  }

  /** A promise that has resolved with what a receive resulted in. */
  resolved(result: unknown): Promise<unknown> {
    const latest = this.#latest
    return latest !== undefined && latest.status === result ? latest.promise : Promise.resolve(result)
  }
}
