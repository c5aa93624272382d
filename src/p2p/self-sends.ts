/** Synchronous sends of this process to itself, which wait until they are received. Others are over at once. */
import { captureCallSite, type CallSite } from './call-site.ts'
import type { Scope } from './scope.ts'

export interface SelfSend {
  readonly operation: string
  readonly context: number
  readonly tag: number
  readonly scope: Scope
  readonly site: CallSite
  readonly peer: { readonly rank: number }
  readonly synchronous: true
  readonly isLimited: false
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class SelfSends {
  readonly #peer: { readonly rank: number }
  readonly #waiting = new Map<number, SelfSend>()
  #nextId = 1

  constructor(rank: number) {
    this.#peer = { rank }
  }

  /** The number and the promise of a new one. */
  add(operation: string, context: number, tag: number, scope: Scope): { id: number; matched: Promise<void> } {
    const id = this.#nextId++
    const site = captureCallSite()
    const matched = new Promise<void>((resolve, reject) => {
      const facts = {
        operation,
        context,
        tag,
        scope,
        site,
        peer: this.#peer,
        synchronous: true,
        isLimited: false,
      } as const
      this.#waiting.set(id, { ...facts, resolve, reject })
    })
    return { id, matched }
  }

  /** Takes one out that is over. */
  take(id: number): SelfSend | undefined {
    const send = this.#waiting.get(id)
    this.#waiting.delete(id)
    return send
  }

  /** Takes all out. */
  clear(): SelfSend[] {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    return all
  }

  [Symbol.iterator](): IterableIterator<SelfSend> {
    return this.#waiting.values()
  }
}
