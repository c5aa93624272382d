/** The two things that end a waiting operation early: its timeout and its AbortSignal. */
import type { MpiErrorCode } from '../errors.ts'

/** What may end a waiting operation early. */
export interface Limits {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds, as the caller gave them. */
  readonly timeout?: number | undefined
  /** When the time is over, by `performance.now()`: set where several operations share one timeout. */
  readonly deadline?: number | undefined
}

/** Why an operation was given up, in the form in which its error is composed. */
export interface Cause {
  readonly code: MpiErrorCode
  readonly text: string
  /** The signal's own reason: becomes the error's cause. */
  readonly reason?: unknown
}

/** Calls `fire` at most once. Returns what stops the watch. */
export type Supervise = (limits: Limits, fire: (cause: Cause) => void) => () => void

export class Supervision {
  #watches = 0

  /** True while a timeout or a signal may end something that waits. */
  get isAny(): boolean {
    return this.#watches > 0
  }

  readonly supervise: Supervise = (limits, fire) => {
    const { signal, timeout } = limits
    this.#watches++
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(
            () => {
              stop()
              fire({ code: 'ERR_TIMEOUT', text: `timed out after ${timeout} ms` })
            },
            limits.deadline === undefined ? timeout : limits.deadline - performance.now(),
          )
    let isOver = false
    const onAbort = (): void => {
      if (isOver) return
      stop()
      fire({ code: 'ERR_ABORTED', text: 'was aborted', reason: signal?.reason })
    }
    const stop = (): void => {
      if (isOver) return
      isOver = true
      this.#watches--
      if (timer !== undefined) clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    if (signal?.aborted === true) queueMicrotask(onAbort)
    else signal?.addEventListener('abort', onAbort)
    return stop
  }
}
