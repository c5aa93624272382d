/**
 * The ranks of a job around their board (see transport/board): one collective at a time, in the order of the calls. In it
 * they publish and read (exchanges) and lend (loans). Who waits for another does so as for a message, so all that ends or
 * explains a wait (timeouts, departures, disagreement, reports) holds here too.
 */
import type { MpiError } from '../errors.ts'
import type { Board } from '../transport/transport.ts'
import type { TypedArray } from '../wire/element-type.ts'
import type { Posts, Round } from './board-waits.ts'
import { Loans } from './loans.ts'
import { codeOf, type Departure } from './peer.ts'
import type { Cause, Supervise } from './supervise.ts'
import { Turns } from './turns.ts'
import { departedText, type Waiting } from './wait-text.ts'

/** What an assembly needs of its endpoint. */
export interface Floor extends Posts {
  /** Watches the limits of what waits for its turn. */
  readonly supervise: Supervise
  /** A rank has called something else. */
  readonly suspected: (rank: number, context: number, call: number) => void
  departure(rank: number): Departure | undefined
  /** What a call fails with that waits for another rank: it says where the call was made, or one like it. */
  error(waiting: Waiting, cause: Cause): MpiError
}

export class Assembly extends Loans {
  readonly #floor: Floor
  readonly #turns: Turns
  #shown: (() => void) | undefined = undefined

  constructor(board: Board, floor: Floor) {
    super(board, floor, floor.suspected)
    this.#floor = floor
    this.#turns = new Turns(floor.supervise)
    board.serve = () => this.serve()
  }

  /** A collective begins. True when it and all later ones are on the board, on all ranks: then this need not be asked again. */
  begins(context: number, call: number): boolean {
    const isUsed = this.board.begins(call)
    if (isUsed) {
      this.board.explore()
      this.rollCall.called(context, call - 1)
    }
    return isUsed
  }

  /** A collective is called, on the board or by messages. */
  called(context: number, call: number): void {
    this.rollCall.called(context, call)
  }

  /** Begins a call, whose algorithm then calls what follows, and at last `end`. Resolves when it is its turn. */
  begin(round: Round): Promise<void> | undefined {
    if (this.#turns.isFree) {
      this.round = round
      return this.#turns.take()
    }
    return this.#beginLater(round)
  }

  /**
   * Begins a call, publishes a piece and waits for the next record of each other rank, all at once: undefined when nothing
   * is to be waited for. (What seldom has to wait does so in functions of their own: with closures in them these here, and
   * the algorithms that call them, would leave as much garbage as an await does.)
   */
  meet(round: Round, piece: TypedArray | undefined): Promise<void> | undefined {
    const turn = this.begin(round)
    return turn === undefined ? this.exchange(piece) : this.#meetLater(turn, piece)
  }

  /**
   * Ends a call, or one that has not had its turn, with an error, with which the promise rejects. What others published for
   * it may be left unread.
   */
  fail(round: Round, error: unknown): Promise<never> {
    if (this.round === round) {
      this.rollCall.failed()
      this.waits.withdraw()
      this.takeBack()
      this.end()
    }
    return Promise.reject(error)
  }

  /** No call is under way, and none waits for its turn. */
  get isIdle(): boolean {
    return this.#turns.isFree
  }

  /** Ends a call that has read all that it had to. */
  end(): void {
    this.round = undefined
    this.#turns.pass()
  }

  /** `ERR_RANK_EXITED` or `ERR_RANK_FAILED` when a rank has left that will never read what was published here, for all or for it. */
  absence(reader?: number): MpiError | undefined {
    for (let rank = reader ?? 0; rank < (reader ?? this.size - 1) + 1; rank++) {
      const departure = this.#floor.departure(rank)
      if (departure === undefined || rank === this.rank) continue
      const text = `cannot complete: rank ${rank} ${departedText(departure)}`
      return this.#floor.error(waitingFor(this.current(), rank), { code: codeOf(departure), text })
    }
    return undefined
  }

  /** Resolves when the others know of all that was published here. */
  concluded(): Promise<void> {
    if (this.#isShown()) return Promise.resolve()
    return new Promise((resolve) => {
      this.#shown = resolve
      this.board.isAwaited = true
    })
  }

  /** Looks at the board for those who wait. True when one of them waits no longer. */
  serve(): boolean {
    const { board } = this
    board.look()
    this.rollCall.say(this.round)
    let any = this.waits.serve(this.#signatureOf)
    for (let rank = 0; rank < this.size; rank++)
      if (rank !== this.rank && this.rollCall.inspect(rank, this.round)) any = true
    if (this.#shown !== undefined && this.#isShown()) {
      this.#shown()
      this.#shown = undefined
      any = true
    }
    board.isAwaited = !this.waits.isEmpty || this.#shown !== undefined
    return any
  }

  /** A rank has left the job. */
  departed(rank: number): void {
    this.board.left(rank)
    this.serve()
  }

  /** Nobody waits any more: communication is given up. */
  giveUp(): void {
    this.#shown?.()
    this.#shown = undefined
  }

  #beginLater(round: Round): Promise<void> {
    const start = (): void => {
      this.round = round
    }
    return this.#turns.wait(start, round.limits, (cause) => {
      // The others will look in vain for what it would have published.
      this.rollCall.failed()
      return this.#floor.error(waitingFor(round, this.rank === 0 ? 1 : 0), cause)
    })
  }

  async #meetLater(turn: Promise<void>, piece: TypedArray | undefined): Promise<void> {
    await turn
    await this.exchange(piece)
  }

  readonly #signatureOf = (rank: number, call: number): number | undefined => this.rollCall.signature(rank, call)

  #isShown(): boolean {
    this.board.wait()
    for (let rank = 0; rank < this.size; rank++)
      if (rank !== this.rank && this.#floor.departure(rank) === undefined && !this.board.isSeenBy(rank)) return false
    return true
  }
}

/** A call as one that waits for a rank. */
function waitingFor({ operation, call: tag, context, scope, site }: Round, rank: number): Waiting {
  return { operation, tag, context, scope, site, source: scope.processes[rank] ?? rank }
}
