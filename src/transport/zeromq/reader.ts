/**
 * Takes messages from the inbox: while listening, looks for them for a while where that is wanted (see transport/waiting),
 * then sleeps in a receive; all that is there when polled. A pending receive keeps the process alive and cannot be
 * cancelled, so whoever stops listening is woken from it. Knows nothing of what messages mean.
 */
import { Waiting } from '../waiting.ts'
import type { Frames, Inbox } from './sockets.ts'

/** One poll takes at most so many messages, so that a flood cannot hold its caller for ever. */
const POLL_MESSAGES = 1024

/** How a rank looks before it sleeps: a core that is kept busy gets the next message sooner than one that must wake. */
export interface Lookout {
  /** For how long, in µs. */
  readonly spin: number
  /** Gives the core to another process. */
  yield(): void
}

export class Reader {
  readonly #inbox: Inbox
  readonly #take: (message: Frames) => void
  readonly #waiting: Waiting | undefined
  #started = false
  #listening = false
  #reading = false
  /** A receive is pending. */
  #pending = false
  #wakeDue = false
  /** A message that came after `listen(false)`. */
  #held: Frames | undefined
  #closed = false

  constructor(inbox: Inbox, take: (message: Frames) => void, lookout?: Lookout) {
    this.#inbox = inbox
    this.#take = take
    if (lookout !== undefined && lookout.spin > 0)
      this.#waiting = new Waiting(
        { poll: () => this.poll(), sleep: () => this.#sleep(), wake: () => {}, yield: () => lookout.yield() },
        // The threads that carry messages need a core, too.
        { spin: lookout.spin, crowded: true },
      )
  }

  /** The inbox is bound: nothing can be read before. */
  start(): void {
    this.#started = true
    this.listen(this.#listening)
  }

  listen(active: boolean): void {
    this.#listening = active
    if (!this.#started || this.#closed) return
    // A receive that is pending still is as good as a look.
    if (!active || !this.#reading) this.#waiting?.listen(active)
    if (active) {
      if (this.#waiting === undefined && !this.#reading) void this.#read()
    } else if (this.#pending && !this.#wakeDue) {
      this.#wakeDue = true
      setImmediate(this.#wake)
    }
  }

  /** True when there was something. */
  poll(): boolean {
    if (this.#pending || !this.#started || this.#closed) return false
    let any = this.#takeHeld()
    for (let i = 0; i < POLL_MESSAGES && !this.#closed; i++) {
      const message = this.#inbox.receiveNow()
      if (message === undefined) break
      any = true
      this.#take(message)
    }
    return any
  }

  close(): void {
    this.#waiting?.listen(false)
    this.#closed = true
    this.#listening = false
    this.#held = undefined
    this.#inbox.close()
  }

  #sleep(): boolean {
    if (!this.#reading && !this.#closed) void this.#read()
    return true
  }

  /** Whoever stops listening mostly begins again before the event loop turns. */
  readonly #wake = (): void => {
    this.#wakeDue = false
    if (this.#pending && !this.#listening && !this.#closed) this.#inbox.wake()
  }

  async #read(): Promise<void> {
    this.#reading = true
    try {
      // What was held is delivered after the call of `listen`, not within it.
      if (this.#held !== undefined) await Promise.resolve()
      if (this.#listening) this.#takeHeld()
      while (this.#listening) {
        this.#pending = true
        this.#held = await this.#inbox.receive()
        this.#pending = false
        if (this.#listening) this.#takeHeld()
      }
    } catch (error) {
      // A pending receive rejects when its socket is closed.
      if (!this.#closed) throw error
    } finally {
      this.#pending = false
      this.#reading = false
    }
  }

  #takeHeld(): boolean {
    const message = this.#held
    this.#held = undefined
    if (message !== undefined) this.#take(message)
    return message !== undefined
  }
}
