/**
 * The statuses of received messages. Those of like messages (same communicator, sender, tag, type and length) are from the
 * second on the same object, and so is a promise that was resolved with it: to make both, and to look whether the status is
 * a promise itself, takes longer than all the rest of a small receive. What comes only once is not worth it.
 */
import type { Scope } from './scope.ts'
import { statusOf, type Status } from './status.ts'

/** Kinds of messages that are kept. A power of two. */
const KEPT = 64

interface Shared {
  /** Frozen, since many see it. */
  readonly status: Status
  readonly promise: Promise<Status>
}

interface Kind {
  readonly scope: Scope
  readonly source: number
  readonly tag: number
  readonly type: number
  readonly bytes: number
  /** From the second message on. */
  shared: Shared | undefined
}

export class Statuses {
  readonly #kinds: (Kind | undefined)[] = Array.from({ length: KEPT }, () => undefined)
  #latest: Shared | undefined = undefined

  of(scope: Scope, source: number, tag: number, type: number, bytes: number): Status {
    const index = (source * 31 + tag * 7 + type + (bytes >> 3)) & (KEPT - 1)
    const kind = this.#kinds[index]
    if (
      kind?.source !== source ||
      kind.tag !== tag ||
      kind.bytes !== bytes ||
      kind.type !== type ||
      kind.scope !== scope
    ) {
      this.#kinds[index] = { scope, source, tag, type, bytes, shared: undefined }
      return statusOf(scope, source, tag, type, bytes)
    }
    this.#latest = kind.shared ??= share(statusOf(scope, source, tag, type, bytes))
    return this.#latest.status
  }

  /** A promise that has resolved with what a receive resulted in. */
  resolved(result: unknown): Promise<unknown> {
    const latest = this.#latest
    return latest !== undefined && latest.status === result ? latest.promise : Promise.resolve(result)
  }
}

function share(status: Status): Shared {
  return { status: Object.freeze(status), promise: Promise.resolve(status) }
}
