/**
 * Which way copies into shared memory go: through the caches, or past them. Pure; whoever copies measures. The other core may be
 * near, and lines come quickly from its cache, or distant, and each makes the copy wait; systems move processes, and hypervisors
 * cores, at any time. While copies turn out slow, the next ones go past the caches; after some laps of the memory a lap goes
 * through them again, for only then do its lines lie where they would, and the copies after it tell whether that has become quick.
 */

/** A copy through the caches is slow if it takes longer, in ns: for a line, and besides. Near cores need 3 to 6 a line, distant ones 12 to 35. */
const SLOW_LINE = 10
const SLOW_START = 300
/** Most of so many have to be slow, as one may just have lost its core for a moment. */
const JURY = 5
/** While they are quick one of so many is measured; a draft, which has to be moved for that, if nothing else was for twice as long. */
const SAMPLED = 8
/** Laps past the caches, at first and at most: after each trial that was slow, twice as many. */
const LEAST_LAPS = 16
const MOST_LAPS = 256

export class CopyRoute {
  readonly #lapBytes: number
  #isPast = false
  /** Bytes to go past the caches, or of the lap through them that follows. */
  #left = 0
  #isTrial = false
  #laps = LEAST_LAPS
  /** Copies since one was measured. */
  #unmeasured = 0
  #measured = 0
  #slow = 0

  /** @param lapBytes after how many bytes the same memory is written again */
  constructor(lapBytes: number) {
    this.#lapBytes = lapBytes
  }

  /** The next copy goes past the caches. */
  get isPast(): boolean {
    return this.#isPast
  }

  /** A copy has gone past them. */
  wentPast(bytes: number): void {
    this.#left -= bytes
    if (this.#left > 0) return
    this.#isPast = false
    this.#isTrial = true
    this.#left = this.#lapBytes
  }

  /** Whether the next copy, which goes through the caches, is to be measured. */
  get isMeasured(): boolean {
    return this.#isTrial ? this.#left <= 0 : this.#unmeasured >= SAMPLED - 1
  }

  /** The same of what is written where it will lie, unless it is to be measured. */
  get isDraftMeasured(): boolean {
    return this.#isTrial ? this.#left <= 0 : this.#unmeasured >= 2 * SAMPLED
  }

  /** A copy, or draft, has gone through the caches unmeasured. */
  wentThrough(bytes: number): void {
    this.#unmeasured++
    this.#left -= bytes
  }

  /** One was measured: it has taken so long. */
  took(bytes: number, milliseconds: number): void {
    this.#unmeasured = 0
    if (milliseconds * 1e6 > SLOW_START + (bytes / 64) * SLOW_LINE) this.#slow++
    if (++this.#measured < JURY) return
    this.#isPast = this.#slow > JURY / 2
    if (this.#isPast) {
      this.#left = this.#laps * this.#lapBytes
      this.#laps = Math.min(2 * this.#laps, MOST_LAPS)
    } else this.#laps = LEAST_LAPS
    this.#isTrial = false
    this.#measured = this.#slow = 0
  }
}
