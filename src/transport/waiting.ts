/**
 * How a rank waits for what no event announces, or too late (through shared memory, or by ZeroMQ alone): it polls in microtasks, so that
 * whoever awaits continues at once; then once each turn of the event loop; then it sleeps. Whatever it waits for, the
 * event loop turns at least about every millisecond, so timers and I/O stay responsive.
 *
 * Polling begins in a microtask, never inside `listen`: what the program does in the same tick comes first.
 */
export interface Waiter {
  /** Delivers what has arrived. True when there was something. */
  poll(): boolean
  /** Prepares for being woken. False when meanwhile there is something to poll. */
  sleep(): boolean
  /** Undoes `sleep`. */
  wake(): void
  /** Gives the core to another process. */
  yield(): void
}

export interface WaitingOptions {
  /** How long to look before sleeping, in µs. */
  readonly spin: number
  /** More processes than cores wait like this one: give the core away at every look, not only now and then. */
  readonly crowded: boolean
}

/** Looks in a row between two looks at the clock, 1 to 2 µs; fewer when each gives the core away. */
const LOOKS = 100
const CROWDED_LOOKS = 4
/** Looks before the clock is read. */
const UNTIMED = 2
/** The event loop turns after so many ms of microtasks. */
const TURN = 1
/** Polling in microtasks is left for polling in turns after so many ms. */
const MICROTASKS = 0.05
/** Deliveries in a row between two looks at the clock. */
const BUSY = 256

/**
 * Looks that take so many ms in all were interrupted: others want this core. Where they take a large share of it, a
 * wait looks for no longer than it takes to be woken, because the system serves whoever wakes before whoever looks. The
 * time lost fills a bucket that leaks: contended is a rank that lost more than `TOLERATED` ms beyond `LEAK` of the time.
 */
const INTERRUPTED = 0.5
const LEAK = 0.25
const TOLERATED = 8
const WAKE_UP = 0.05
const MOST_LOST = 32

/** Continuing from it is the cheapest way to run after what the program does now. */
const RESOLVED = Promise.resolve()

type Phase = 'idle' | 'microtask' | 'turn' | 'asleep'

export class Waiting {
  readonly #waiter: Waiter
  readonly #crowded: boolean
  readonly #looks: number
  readonly #spin: number
  #active = false
  #phase: Phase = 'idle'
  /** When the first look of this wait that found nothing ended, in ms; 0 before. */
  #since = 0
  #turned = 0
  /** When the latest looks that found nothing ended. */
  #looked = 0
  /** Time lost to others, in ms, when it was last added to, and when that was. */
  #lost = 0
  #lostAt = 0
  #deliveries = 0

  constructor(waiter: Waiter, options: WaitingOptions) {
    this.#waiter = waiter
    this.#crowded = options.crowded
    this.#looks = options.crowded ? CROWDED_LOOKS : LOOKS
    this.#spin = options.spin / 1000
  }

  get asleep(): boolean {
    return this.#phase === 'asleep'
  }

  /** A delivery without waiting. False when the event loop must have its turn first: then `listen`. */
  proceed(): boolean {
    if (++this.#deliveries < BUSY) return true
    if (performance.now() - this.#turned >= TURN) return false
    this.#deliveries = 0
    return true
  }

  listen(active: boolean): void {
    if (active === this.#active) return
    this.#active = active
    if (active) {
      this.#since = 0
      if (this.#phase !== 'idle') return
      if (this.#deliveries >= BUSY) {
        this.#deliveries = 0
        this.#phase = 'turn'
        setImmediate(this.#turn)
        return
      }
      this.#phase = 'microtask'
      void RESOLVED.then(this.#microtask)
    } else if (this.#phase === 'asleep') {
      this.#phase = 'idle'
      this.#waiter.wake()
    }
  }

  /** The bell has rung. */
  rung(): void {
    if (this.#phase !== 'asleep') return
    this.#waiter.wake()
    this.#since = 0
    this.#turned = performance.now()
    this.#phase = 'microtask'
    this.#microtask()
  }

  readonly #microtask = (): void => {
    if (!this.#active) this.#phase = 'idle'
    else if (this.#look()) this.#delivered()
    else {
      const now = this.#looked
      if (this.#since === 0) this.#since = now
      if (now - this.#since < Math.min(this.#patience, MICROTASKS) && now - this.#turned < TURN) {
        void RESOLVED.then(this.#microtask)
      } else this.#next()
    }
  }

  readonly #turn = (): void => {
    this.#turned = performance.now()
    if (!this.#active) this.#phase = 'idle'
    else if (this.#look()) this.#delivered()
    else {
      if (this.#since === 0) this.#since = this.#turned
      this.#next()
    }
  }

  /** Milliseconds from the first look to sleep. */
  get #patience(): number {
    if (this.#lost <= TOLERATED || this.#lostBy(this.#looked) <= TOLERATED) return this.#spin
    return Math.min(this.#spin, WAKE_UP)
  }

  #look(): boolean {
    let start = 0
    for (let i = 0; i < this.#looks; i++) {
      if (this.#waiter.poll()) return true
      // Not at once: the clock takes longer than a look, and most of what comes, comes soon.
      if (i === UNTIMED) start = performance.now()
      if (this.#crowded) this.#waiter.yield()
    }
    // Whom this rank waits for may be waiting for this core.
    if (!this.#crowded) this.#waiter.yield()
    this.#looked = performance.now()
    if (this.#looked - start > INTERRUPTED) {
      this.#lost = Math.min(this.#lostBy(this.#looked) + this.#looked - start, MOST_LOST)
      this.#lostAt = this.#looked
    }
    return false
  }

  /** What of the time lost has not leaked away. */
  #lostBy(now: number): number {
    return Math.max(0, this.#lost - (now - this.#lostAt) * LEAK)
  }

  /** Lets those who waited run; they are before the next look. */
  #delivered(): void {
    this.#since = 0
    if (++this.#deliveries >= BUSY) {
      this.#deliveries = 0
      if (performance.now() - this.#turned >= TURN) {
        this.#phase = 'turn'
        setImmediate(this.#turn)
        return
      }
    }
    if (this.#active) {
      this.#phase = 'microtask'
      void RESOLVED.then(this.#microtask)
    } else this.#phase = 'idle'
  }

  /** Found nothing: another turn of the event loop, or sleep. */
  #next(): void {
    if (this.#looked - this.#since < this.#patience) {
      this.#phase = 'turn'
      setImmediate(this.#turn)
    } else if (this.#waiter.sleep()) this.#phase = 'asleep'
    else this.#delivered()
  }
}
