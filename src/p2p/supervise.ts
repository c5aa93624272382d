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
export function supervise(limits: Limits, fire: (cause: Cause) => void): () => void {
  const { signal, timeout } = limits
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
    isOver = true
    if (timer !== undefined) clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
  if (signal?.aborted === true) queueMicrotask(onAbort)
  else signal?.addEventListener('abort', onAbort)
  return stop
}
