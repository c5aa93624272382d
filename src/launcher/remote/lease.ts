/**
 * Notices that the other side has fallen silent, and keeps it from taking this one for silent. Time is counted in beats
 * of one's own: a process that was stopped, or had no processor for a while, has not waited meanwhile.
 */

/** Longest time between two beats, in ms. */
const BEAT = 1000
/** Beats in a lease at least. */
const BEATS = 4

export interface LeaseOptions {
  /** Seconds of silence that are bearable. */
  readonly seconds: number
  /** Says something to the other side. */
  readonly beat: () => void
  /** Called once, when the other side has been silent for too long. */
  readonly lost: () => void
}

export class Lease {
  readonly #options: LeaseOptions
  readonly #interval: number
  readonly #timer: NodeJS.Timeout
  #silence = 0
  #isPaused = false

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#interval = Math.min(BEAT, (options.seconds * 1000) / BEATS)
    this.#timer = setInterval(() => this.tick(), this.#interval)
  }

  /** The other side has said something. */
  heard(): void {
    this.#silence = 0
  }

  /** The other side has announced that it will be stopped, or that it goes on. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#silence = 0
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** One beat; called by a timer. */
  tick(): void {
    if (!this.#isPaused) this.#silence += this.#interval
    if (this.#silence > this.#options.seconds * 1000) {
      this.stop()
      this.#options.lost()
    } else this.#options.beat()
  }
}
