/**
 * Who has called what, as the board shows it. Every record says for which call it is and what its rank thinks that call
 * is; and every rank says how many collectives it has entered. A rank whose records do not go with what was called here is
 * suspected, and asked (see disagreement).
 *
 * Invariant: of a call that a rank has entered, by its own word, all that it will publish is on the board. It says so when
 * it looks at the board because somebody waits; not at every call.
 */
import type { Board } from '../transport/transport.ts'

/** Numbers of calls have 31 bits. */
const MASK = 0x7fff_ffff

/** A call that is under way. */
export interface CallOnBoard {
  readonly call: number
  readonly signature: number
}

export class RollCall {
  readonly #board: Board
  readonly #suspected: (rank: number, context: number, call: number) => void
  /** By rank: the latest call about which it was asked. */
  readonly #asked: number[] = []
  #context = 0
  /** Collectives called here, and those of them that this rank has said to have entered. */
  #called = 0
  #entered = 0
  /** A call has failed here: what others published for it stays unread. */
  #hasFailed = false

  constructor(board: Board, suspected: (rank: number, context: number, call: number) => void) {
    this.#board = board
    this.#suspected = suspected
  }

  /** A collective is called, on the board or by messages. */
  called(context: number, call: number): void {
    this.#context = context
    this.#called = (call + 1) & MASK
  }

  /**
   * Says what is entered: all that was called before the call that is under way, or all when none is. After a failure
   * nothing more: the others will wait for what is missing, and hear how this rank ends.
   */
  say(current: CallOnBoard | undefined): void {
    if (this.#hasFailed) return
    const entered = current === undefined ? this.#called : current.call
    if (entered === this.#entered) return
    this.#entered = entered
    this.#board.enter(entered)
  }

  failed(): void {
    this.#hasFailed = true
  }

  /** A rank's next record, which is there, belongs to this call and goes with it. */
  isDue(rank: number, { call, signature }: CallOnBoard): boolean {
    const records = this.#board.of(rank)
    return records.call === call && records.signature === signature
  }

  /** The signature of a rank's record for a call, and for this rank; undefined when it is not there yet, or will never be. */
  signature(rank: number, call: number): number | undefined {
    const records = this.#board.of(rank)
    const hasEntered = isAhead(this.#board.entered(rank), call)
    if (this.#board.hasNext(rank)) {
      if (records.call === call) return records.signature
      if (isAhead(records.call, call)) this.#suspect(rank, call)
    } else if (hasEntered) this.#suspect(rank, call)
    return undefined
  }

  /**
   * Looks at a rank's next record, if there is one. For the call that is under way it must go with it; for an earlier one it
   * is left over, or should not be. True when it was taken away: then another one may be there.
   */
  inspect(rank: number, current: CallOnBoard | undefined): boolean {
    const records = this.#board.of(rank)
    if (!this.#board.hasNext(rank)) return false
    const { call } = records
    if (call === current?.call) {
      if (!this.isDue(rank, current)) this.#suspect(rank, call)
    } else if (isAhead(current?.call ?? this.#called, call)) {
      if (this.#hasFailed) {
        this.#board.take(rank)
        return true
      }
      this.#suspect(rank, call)
    }
    return false
  }

  #suspect(rank: number, call: number): void {
    if (this.#asked[rank] === call) return
    this.#asked[rank] = call
    this.#suspected(rank, this.#context, call)
  }
}

/** True when the number of a call is greater than another. */
export function isAhead(call: number, other: number): boolean {
  const ahead = (call - other) & MASK
  return ahead > 0 && ahead <= MASK >> 1
}
