/** A probe that waits: like a posted receive that leaves the message where it is. */
import type { Pattern } from '../wire/envelope.ts'
import type { Arrival } from './arrival.ts'
import type { CallSite } from './call-site.ts'
import type { PostedReceive } from './posted-receive.ts'
import type { Scope } from './scope.ts'

export class PostedProbe implements Pattern {
  readonly context: number
  readonly source: number
  readonly tag: number
  readonly scope: Scope
  readonly operation = 'probe'
  readonly site: CallSite | undefined
  /** Resolves with the message, which is left in place. */
  readonly promise: Promise<Arrival>
  found!: (message: Arrival) => void
  reject!: (error: unknown) => void
  #release: (() => void) | undefined = undefined

  constructor({ context, source, tag }: Pattern, scope: Scope, site: CallSite | undefined) {
    this.context = context
    this.source = source
    this.tag = tag
    this.scope = scope
    this.site = site
    this.promise = new Promise((resolve, reject) => {
      this.found = resolve
      this.reject = reject
    })
  }

  /** Runs `release` when the message was found or the probe given up: removes timers and signal listeners. */
  onSettled(release: () => void): void {
    this.#release = release
  }

  release(): void {
    this.#release?.()
    this.#release = undefined
  }
}

/** What was posted to wait for a message. */
export type Posting = PostedReceive | PostedProbe
