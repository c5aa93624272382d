/** How ranks are ended: by signals, one after the other, with time to obey in between. */

export class Ladder {
  readonly #send: (signal: NodeJS.Signals) => void
  readonly #grace: number
  #left: readonly NodeJS.Signals[] | undefined
  #step: NodeJS.Timeout | undefined

  /** @param grace milliseconds from one signal to the next */
  constructor(send: (signal: NodeJS.Signals) => void, grace: number) {
    this.#send = send
    this.#grace = grace
  }

  /** Signals that are still to be sent; undefined: nothing is being ended. */
  get left(): readonly NodeJS.Signals[] | undefined {
    return this.#left
  }

  /** Sends the first of them, and the others after the grace; instead of what was to be sent. */
  climb([signal, ...rest]: readonly NodeJS.Signals[]): void {
    clearTimeout(this.#step)
    this.#left = rest
    if (signal === undefined) return
    this.#send(signal)
    if (rest.length > 0) this.#step = setTimeout(() => this.climb(rest), this.#grace)
  }

  /** These are to be sent: after the grace, or when `wait` is over, unless others have been sent by then. */
  prepare(signals: readonly NodeJS.Signals[], wait?: Promise<unknown>): void {
    this.#left = signals
    if (wait === undefined) this.#step = setTimeout(() => this.climb(signals), this.#grace)
    else
      void wait.then(() => {
        if (this.#left === signals) this.climb(signals)
      })
  }

  /** Nothing is left to be ended. */
  stop(): void {
    clearTimeout(this.#step)
  }
}
