/**
 * Flow control of one ordered pair of ranks, by credit: what may be sent to the peer without asking, and what this
 * side owes the peer for messages that have left its unexpected queue. Pure arithmetic.
 *
 * Invariant: bytes in flight or unexpected at the receiver + owed + available = `windowBytes`; likewise for slots. A
 * message is at most half a window, and half a window owed is returned at once, so that a pair in which everything
 * was received can always send again.
 */

/** Every eager message costs its payload and this much: about what the receiver holds it in while nobody receives it. */
export const OVERHEAD_BYTES = 512

export class Window {
  availableBytes: number
  availableSlots: number
  owedBytes = 0
  owedSlots = 0
  readonly #halfBytes: number
  readonly #halfSlots: number

  constructor(windowBytes: number, windowSlots: number) {
    this.availableBytes = windowBytes
    this.availableSlots = windowSlots
    this.#halfBytes = windowBytes / 2
    this.#halfSlots = windowSlots / 2
  }

  /** Takes the credit for an eager message, or leaves all as it is and returns false. */
  takeEager(bytes: number): boolean {
    const cost = bytes + OVERHEAD_BYTES
    if (cost > this.availableBytes || this.availableSlots < 1) return false
    this.availableBytes -= cost
    this.availableSlots--
    return true
  }

  /** Takes the credit for an announcement: a slot. */
  takeAnnouncement(): boolean {
    if (this.availableSlots < 1) return false
    this.availableSlots--
    return true
  }

  /** Takes the credit for the payload of a message that was announced: its slot was taken then. */
  takePayload(bytes: number): boolean {
    const cost = bytes + OVERHEAD_BYTES
    if (cost > this.availableBytes) return false
    this.availableBytes -= cost
    return true
  }

  /** True while a good part of the credit is there: a look at what it might be used for pays. */
  get isRoomy(): boolean {
    return this.availableBytes >= this.#halfBytes / 2
  }

  /** An eager message from the peer was received. True when it's time to tell the peer. */
  oweEager(bytes: number): boolean {
    this.owedBytes += bytes + OVERHEAD_BYTES
    this.owedSlots++
    return this.owedBytes >= this.#halfBytes || this.owedSlots >= this.#halfSlots
  }

  /** A payload that the peer has sent unasked needs no room here. True when it's time to tell the peer. */
  owePayload(bytes: number): boolean {
    this.owedBytes += bytes + OVERHEAD_BYTES
    return this.owedBytes >= this.#halfBytes
  }

  /** An announced message of the peer was matched. True when it's time to tell the peer. */
  oweAnnouncement(): boolean {
    this.owedSlots++
    return this.owedSlots >= this.#halfSlots
  }

  /** The peer returned credit. False when that is more than it could owe. */
  refill(bytes: number, slots: number): boolean {
    this.availableBytes += bytes
    this.availableSlots += slots
    return this.availableBytes <= 2 * this.#halfBytes && this.availableSlots <= 2 * this.#halfSlots
  }
}
