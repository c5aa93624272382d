/**
 * Keeps the process alive for some milliseconds after its last operation, until no other thread of it computes. Where the
 * event loop ends while V8 compiles beside it, Node waits for the compiler; if that in turn waits for this thread to
 * collect garbage, as it may in a small heap with large arrays, the process never ends, and the ranks that wait for its
 * goodbye neither (nodejs/node#54918). `process.exit` waits for the compiler too.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Milliseconds between two looks: at first, and twice as long each time, up to a second in all. No compilation takes so long. */
const PAUSE = 2
const LONGEST_PAUSE = 512

export class Linger {
  readonly #isBusy: () => boolean
  #isArmed = false
  #isTouched = false
  #isReleased = false
  #pause = PAUSE

  /** @param isBusy something else keeps the process alive: this is touched when that is over */
  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy
  }

  /** An operation has begun, or is over. */
  touch(): void {
    this.#isTouched = true
    this.#isReleased = false
    if (!this.#isArmed) this.#arm()
  }

  /** Until the next operation nothing is waited for: the event loop has ended, or somebody else ends this process. */
  release(): void {
    this.#isReleased = true
  }

  /** From now on a process that exits before its event loop ends, by whatever way, stays as long. */
  guardExit(): void {
    process.on('beforeExit', () => this.release())
    process.on('exit', () => {
      if (!this.#isReleased) block()
    })
  }

  #arm(): void {
    this.#isArmed = true
    setTimeout(this.#look, this.#pause)
  }

  readonly #look = (): void => {
    this.#isArmed = false
    const goesOn = this.#isTouched || (this.#pause < LONGEST_PAUSE && !this.#isBusy() && othersCompute())
    this.#pause = this.#isTouched || !goesOn ? PAUSE : 2 * this.#pause
    this.#isTouched = false
    if (goesOn) this.#arm()
  }
}

/** V8 collects garbage for its compiler meanwhile, when that asks. */
function block(): void {
  const word = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  for (let pause = PAUSE; pause <= LONGEST_PAUSE && othersCompute(); pause *= 2) Atomics.wait(word, 0, 0, pause)
}

/** True when another thread of this process runs or could run. False where the system does not tell. */
function othersCompute(): boolean {
  try {
    return readdirSync('/proc/self/task').some((thread) => thread !== String(process.pid) && isRunning(thread))
  } catch {
    return false
  }
}

function isRunning(thread: string): boolean {
  try {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1')
    return stat.startsWith(') R', stat.lastIndexOf(')'))
  } catch {
    // It has ended.
    return false
  }
}
