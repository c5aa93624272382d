/**
 * Sees which of some processes somebody has stopped (SIGSTOP, Ctrl-Z elsewhere): no signal tells the agent of it, so it looks
 * at their state once a second. On systems without /proc it sees nothing.
 */
import { readFileSync } from 'node:fs'

/** Milliseconds between two looks. */
const LOOK = 1000

export class StopWatch {
  readonly #changed: (rank: number, isStopped: boolean) => void
  readonly #isStopped: (pid: number) => boolean
  readonly #pids = new Map<number, number>()
  readonly #stopped = new Set<number>()
  #timer: NodeJS.Timeout | undefined
  #isPaused = false

  /** `changed` is called when a rank has been stopped, and when it goes on. */
  constructor(changed: (rank: number, isStopped: boolean) => void, isStopped = isProcessStopped) {
    this.#changed = changed
    this.#isStopped = isStopped
  }

  add(rank: number, pid: number): void {
    this.#pids.set(rank, pid)
    this.#timer ??= setInterval(() => this.look(), LOOK).unref()
  }

  /** It has ended. */
  remove(rank: number): void {
    this.#pids.delete(rank)
    this.#stopped.delete(rank)
    if (this.#pids.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** While they are stopped on purpose it does not look. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused
  }

  /** Called by a timer. */
  look(): void {
    if (this.#isPaused) return
    for (const [rank, pid] of this.#pids) {
      const isStopped = this.#isStopped(pid)
      if (isStopped === this.#stopped.has(rank)) continue
      if (isStopped) this.#stopped.add(rank)
      else this.#stopped.delete(rank)
      this.#changed(rank, isStopped)
    }
  }
}

/** Whether a signal has stopped this process; not whether a debugger has. */
export function isProcessStopped(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.startsWith('T', text.lastIndexOf(')') + 2)
  } catch {
    return false
  }
}
