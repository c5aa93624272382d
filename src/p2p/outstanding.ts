/**
 * How many operations wait for a packet. While there are any the transport listens, so that the process lives exactly as
 * long as something may still happen.
 */
import type { Transport } from '../transport/transport.ts'
import type { Glance } from './glance.ts'

export class Outstanding {
  readonly #transport: Transport
  readonly #glance: Glance
  readonly #onOver: () => void
  #begun = 0
  #ended = 0

  /** `onOver` is called when none is left. */
  constructor(transport: Transport, glance: Glance, onOver: () => void = () => {}) {
    this.#transport = transport
    this.#glance = glance
    this.#onOver = onOver
  }

  /** True while an operation waits. */
  get isAny(): boolean {
    return this.#begun !== this.#ended
  }

  /** A number that grows with every operation that begins to wait or ends. */
  get progress(): number {
    return this.#begun + this.#ended
  }

  /** An operation begins to wait. */
  begin(): void {
    if (this.#begun++ === this.#ended) this.#transport.listen(true)
  }

  /** One of them is over. */
  end(): void {
    if (++this.#ended !== this.#begun) return
    this.#glance.over()
    this.#transport.listen(false)
    this.#onOver()
  }

  /** An operation begins that looks for its packet itself: the transport need not listen. */
  beginLooking(): void {
    this.#begun++
  }

  /** It has not found any: it has not begun. */
  lookedInVain(): void {
    this.#begun--
  }
}
