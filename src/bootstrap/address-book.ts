/** Where the other ranks are: asks the launcher, all that is asked in one turn of the event loop by one message. */
import type { RankMessage } from './control.ts'

interface Inquiry {
  readonly resolve: (address: string) => void
  readonly reject: (error: Error) => void
}

export class AddressBook {
  readonly #say: (message: RankMessage) => void
  readonly #hold: (isHeld: boolean) => void
  readonly #inquiries = new Map<number, Inquiry[]>()
  /** Who is asked for in this turn. */
  readonly #asked = new Set<number>()
  readonly #gone = new Map<number, string>()

  /** @param hold keeps the process alive for an answer, or no longer */
  constructor(say: (message: RankMessage) => void, hold: (isHeld: boolean) => void) {
    this.#say = say
    this.#hold = hold
  }

  /** True while an answer is to come. */
  get isAsking(): boolean {
    return this.#inquiries.size > 0
  }

  /** Resolves with the address of `peer`, as soon as it has one; rejects when it has left. */
  locate(peer: number): Promise<string> {
    const gone = this.#gone.get(peer)
    if (gone !== undefined) return Promise.reject(new Error(gone))
    return new Promise((resolve, reject) => {
      const waiting = this.#inquiries.get(peer)
      if (waiting !== undefined) {
        waiting.push({ resolve, reject })
        return
      }
      this.#inquiries.set(peer, [{ resolve, reject }])
      if (this.#asked.size === 0) queueMicrotask(() => this.#ask())
      this.#asked.add(peer)
      this.#hold(true)
    })
  }

  /** The launcher says where `rank` is. */
  found(rank: number, address: string): void {
    this.#answer(rank, (inquiry) => inquiry.resolve(address))
  }

  /** It has left, so nobody will ever reach it. */
  gone(rank: number, how: string): void {
    const reason = `rank ${rank} has ${how}`
    this.#gone.set(rank, reason)
    this.#answer(rank, (inquiry) => inquiry.reject(new Error(reason)))
  }

  #ask(): void {
    this.#say({ type: 'where', ranks: [...this.#asked] })
    this.#asked.clear()
  }

  #answer(rank: number, answer: (inquiry: Inquiry) => void): void {
    for (const inquiry of this.#inquiries.get(rank) ?? []) answer(inquiry)
    this.#inquiries.delete(rank)
    if (!this.isAsking) this.#hold(false)
  }
}
