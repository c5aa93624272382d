/**
 * Notices that the other side has fallen silent, and keeps it from taking this one for silent. Time is counted in beats
 * of one's own: a process that was stopped, or had no processor for a while, has not waited meanwhile.
 */

/** Longest time between two beats, in ms. */
const BEAT = 1000
/** Beats in a lease at least: a cut of 0.8 of it must leave time for one more. */
const BEATS = 8
/** A connection that carries nothing for so many leases is of no use, although the other side lives. */
const MUTE = 3

export interface LeaseOptions {
  /** Seconds of silence that are bearable. */
  readonly seconds: number
  /** Says something to the other side. */
  readonly beat: () => void
  /** Called once, when the other side has been silent for so many seconds, which is too long. */
  readonly lost: (seconds: number) => void
}

export class Lease {
  readonly #options: LeaseOptions
  readonly #interval: number
  readonly #timer: NodeJS.Timeout
  /** Milliseconds without any sign of life, and without one on the connection. */
  #silence = 0
  #mute = 0
  #isPaused = false

  constructor(options: LeaseOptions) {
    this.#options = options
    this.#interval = Math.min(BEAT, (options.seconds * 1000) / BEATS)
    this.#timer = setInterval(() => this.tick(), this.#interval)
  }

  /** The other side has said something. */
  heard(): void {
    this.#silence = 0
    this.#mute = 0
  }

  /** The other side has shown that it lives, though not on the connection. */
  sensed(): void {
    this.#silence = 0
  }

  /** The other side has announced that it will be stopped, or that it goes on. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.heard()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** One beat; called by a timer. */
  tick(): void {
    const { seconds, lost, beat } = this.#options
    if (!this.#isPaused) {
      this.#silence += this.#interval
      this.#mute += this.#interval
    }
    const isSilent = this.#silence > seconds * 1000
    if (!isSilent && this.#mute <= MUTE * seconds * 1000) return beat()
    this.stop()
    lost(isSilent ? seconds : MUTE * seconds)
  }
}
