/** Synchronous sends of this process to itself, which wait until they are received. Others are over at once. */
import { captureCallSite, type CallSite } from './call-site.ts'
import type { Outstanding } from './outstanding.ts'
import { freedError } from './refusal.ts'
import type { Scope } from './scope.ts'

export interface SelfSend {
  readonly operation: string
  readonly context: number
  readonly tag: number
  readonly scope: Scope
  readonly site: CallSite
  readonly peer: { readonly rank: number }
  readonly synchronous: true
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class SelfSends {
  readonly #peer: { readonly rank: number }
  readonly #outstanding: Outstanding
  readonly #waiting = new Map<number, SelfSend>()
  #nextId = 1

  constructor(rank: number, outstanding: Outstanding) {
    this.#peer = { rank }
    this.#outstanding = outstanding
  }

  /** The number and the promise of a new one. */
  begin(operation: string, context: number, tag: number, scope: Scope): { id: number; matched: Promise<void> } {
    const id = this.#nextId++
    const site = captureCallSite()
    const matched = new Promise<void>((resolve, reject) => {
      const facts = { operation, context, tag, scope, site, peer: this.#peer, synchronous: true } as const
      this.#waiting.set(id, { ...facts, resolve, reject })
    })
    this.#outstanding.begin()
    return { id, matched }
  }

  /** Its receive is there. */
  matched(id: number): void {
    this.#take(id)?.resolve()
  }

  /** It will never be received: its communicator was freed. */
  dropped(id: number): void {
    const send = this.#take(id)
    send?.reject(freedError(send))
  }

  /** All fail. */
  giveUp(error: (send: SelfSend) => Error): void {
    for (const id of [...this.#waiting.keys()]) {
      const send = this.#take(id)
      send?.reject(error(send))
    }
  }

  [Symbol.iterator](): IterableIterator<SelfSend> {
    return this.#waiting.values()
  }

  #take(id: number): SelfSend | undefined {
    const send = this.#waiting.get(id)
    if (this.#waiting.delete(id)) this.#outstanding.end()
    return send
  }
}
