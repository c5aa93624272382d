/**
 * Takes messages from the inbox: one after another while listening, all that is there when polled.
 * A pending receive keeps the process alive and cannot be cancelled, so whoever stops listening is woken from it.
 * Knows nothing of what messages mean.
 */
import type { Frames, Inbox } from './sockets.ts'

/** One poll takes at most so many messages, so that a flood cannot hold its caller for ever. */
const POLL_MESSAGES = 1024

export class Reader {
  readonly #inbox: Inbox
  readonly #take: (message: Frames) => void
  #started = false
  #listening = false
  #reading = false
  /** A receive is pending. */
  #waiting = false
  #wakeDue = false
  /** A message that came after `listen(false)`. */
  #held: Frames | undefined
  #closed = false

  constructor(inbox: Inbox, take: (message: Frames) => void) {
    this.#inbox = inbox
    this.#take = take
  }

  /** The inbox is bound: nothing can be read before. */
  start(): void {
    this.#started = true
    this.listen(this.#listening)
  }

  listen(active: boolean): void {
    this.#listening = active
    if (active) {
      if (this.#started && !this.#reading && !this.#closed) void this.#read()
    } else if (this.#waiting && !this.#wakeDue) {
      this.#wakeDue = true
      setImmediate(this.#wake)
    }
  }

  poll(): void {
    if (this.#waiting || !this.#started || this.#closed) return
    this.#takeHeld()
    for (let i = 0; i < POLL_MESSAGES && !this.#closed; i++) {
      const message = this.#inbox.receiveNow()
      if (message === undefined) return
      this.#take(message)
    }
  }

  close(): void {
    this.#closed = true
    this.#listening = false
    this.#held = undefined
    this.#inbox.close()
  }

  /** Whoever stops listening mostly begins again before the event loop turns. */
  readonly #wake = (): void => {
    this.#wakeDue = false
    if (this.#waiting && !this.#listening && !this.#closed) this.#inbox.wake()
  }

  async #read(): Promise<void> {
    this.#reading = true
    try {
      // What was held is delivered after the call of `listen`, not within it.
      if (this.#held !== undefined) await Promise.resolve()
      if (this.#listening) this.#takeHeld()
      while (this.#listening) {
        this.#waiting = true
        this.#held = await this.#inbox.receive()
        this.#waiting = false
        if (this.#listening) this.#takeHeld()
      }
    } catch (error) {
      // A pending receive rejects when its socket is closed.
      if (!this.#closed) throw error
    } finally {
      this.#waiting = false
      this.#reading = false
    }
  }

  #takeHeld(): void {
    const message = this.#held
    this.#held = undefined
    if (message !== undefined) this.#take(message)
  }
}
