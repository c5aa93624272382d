/** The clock by which sends that make no headway are announced and buffered: it runs only while there are such. */
import type { Transport } from '../transport/transport.ts'

/** Milliseconds of a turn: without a sign of the receiver for so long a send may be buffered. */
const MOMENT = 10
/** Turns after which a receiver is silent that has taken something: it may be kept from its turn of the processor. */
export const PATIENCE = 10
/** Turns after which all is done with a send that can be. */
const TURNS = PATIENCE + 3

export class SendClock {
  readonly #transport: Transport
  readonly #onTurn: (due: number) => boolean
  #turn = 0
  #timer: NodeJS.Timeout | undefined = undefined

  /** @param onTurn called at the end of each turn, with its number. Returns whether the clock is to go on. */
  constructor(transport: Transport, onTurn: (due: number) => boolean) {
    this.#transport = transport
    this.#onTurn = onTurn
  }

  /** Number of the present turn. */
  get turn(): number {
    return this.#turn
  }

  /** True when the clock, which read `since` when something last happened, has nothing left to do. */
  isSettled(since: number): boolean {
    return this.#timer === undefined || this.#turn - since >= TURNS
  }

  start(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.#tick(), MOMENT)
    this.#timer.unref()
  }

  stop(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    this.#timer = undefined
    // What a send waits for may have arrived.
    this.#transport.poll()
    if (this.#onTurn(this.#turn++)) this.start()
  }
}
