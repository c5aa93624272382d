/** Messages to ranks: those of one turn of the event loop go out together. */
import type { AgentMessage } from '../bootstrap/control.ts'

export class Mail {
  readonly #deliver: (rank: number, messages: readonly AgentMessage[]) => void
  readonly #waiting = new Map<number, AgentMessage[]>()

  constructor(deliver: (rank: number, messages: readonly AgentMessage[]) => void) {
    this.#deliver = deliver
  }

  post(rank: number, message: AgentMessage): void {
    if (this.#waiting.size === 0) setImmediate(() => this.#send())
    const messages = this.#waiting.get(rank)
    if (messages === undefined) this.#waiting.set(rank, [message])
    else messages.push(message)
  }

  #send(): void {
    for (const [rank, messages] of this.#waiting) this.#deliver(rank, messages)
    this.#waiting.clear()
  }
}
