/** One call at a time, in the order in which they were made; and now and then the event loop has its turn. */
import type { Cause, Limits, Supervise } from './supervise.ts'

/** The event loop turns after so many ms of calls that did not wait; the clock is read every so many of them. */
const TURN = 1
const UNTIMED = 64

export class Turns {
  #isTaken = false
  readonly #queue: (() => void)[] = []
  readonly #supervise: Supervise
  #taken = 0
  #turned = 0

  constructor(watch: Supervise) {
    this.#supervise = watch
  }

  /** True while nobody has the turn or waits for it. */
  get isFree(): boolean {
    return !this.#isTaken && this.#queue.length === 0
  }

  /** Takes the turn, which is free. Resolves when the event loop has had its own; undefined when that need not be. */
  take(): Promise<void> | undefined {
    this.#isTaken = true
    if (++this.#taken % UNTIMED !== 0 || performance.now() - this.#turned < TURN) return undefined
    return this.#letLoopTurn()
  }

  /** Waits for the turn: `start` is called when it has come, and the promise resolves. Rejects when `limits` come first. */
  wait(start: () => void, limits: Limits | undefined, error: (cause: Cause) => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      let release: (() => void) | undefined
      const begin = (): void => {
        release?.()
        this.#isTaken = true
        start()
        resolve()
      }
      this.#queue.push(begin)
      if (limits === undefined) return
      release = this.#supervise(limits, (cause) => {
        this.#queue.splice(this.#queue.indexOf(begin), 1)
        reject(error(cause))
      })
    })
  }

  #letLoopTurn(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#turned = performance.now()
        resolve()
      })
    })
  }

  /** The turn is over: the next one's begins. */
  pass(): void {
    this.#isTaken = false
    if (this.#queue.length > 0) this.#queue.shift()?.()
  }
}
