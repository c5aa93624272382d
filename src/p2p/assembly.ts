/**
 * The ranks of a job around their board (see transport/board): one collective at a time, in the order of the calls. A rank
 * looks for what the others publish, for a moment; then it waits for it as for a message, with a posted receive that the
 * board fulfils. So all that ends or explains a wait (timeouts, departures, disagreement, reports) holds here too.
 */
import { MpiError } from '../errors.ts'
import type { Board } from '../transport/transport.ts'
import { byteLengthOf, type TypedArray } from '../wire/element-type.ts'
import { BoardWaits, type Posts, type Round } from './board-waits.ts'
import { codeOf, type Departure } from './peer.ts'
import { RollCall } from './roll-call.ts'
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

export class Assembly {
  readonly rank: number
  readonly size: number
  /** The most that is published at once, in bytes. */
  readonly pieceBytes: number
  readonly #board: Board
  readonly #floor: Floor
  readonly #rollCall: RollCall
  readonly #turns: Turns
  #round: Round | undefined = undefined
  readonly #waits: BoardWaits
  #shown: (() => void) | undefined = undefined

  constructor(board: Board, floor: Floor) {
    this.rank = board.own
    this.size = board.size
    this.pieceBytes = board.pieceBytes
    this.#board = board
    this.#floor = floor
    this.#waits = new BoardWaits(floor)
    this.#turns = new Turns(floor.supervise)
    this.#rollCall = new RollCall(board, floor.suspected)
    board.serve = () => this.serve()
  }

  /** True when every rank takes part. Only a collective that has waited for all of them makes that certain. */
  get isComplete(): boolean {
    return this.#board.isComplete
  }

  /**
   * The collective is over by which the ranks were to meet. True when they use the board: all of them, or none, although it
   * may have failed on some of them only, or before others were there.
   */
  settle(hasMet: boolean): boolean {
    const isUsed = this.#board.settle(hasMet && this.#board.isComplete)
    if (isUsed) this.#board.explore()
    return isUsed
  }

  /** All others can read what this rank lends. */
  get lends(): boolean {
    return this.#board.lends
  }

  /** A rank's next record, which is there, says where its data lies. */
  isLent(rank: number): boolean {
    return this.#board.lent(rank) !== undefined
  }

  /** A collective is called, on the board or by messages. */
  called(context: number, call: number): void {
    this.#rollCall.called(context, call)
  }

  /** Begins a call, whose algorithm then calls what follows, and at last `end`. Resolves when it is its turn. */
  begin(round: Round): Promise<void> | undefined {
    if (this.#turns.isFree) {
      this.#round = round
      return this.#turns.take()
    }
    const start = (): void => {
      this.#round = round
    }
    return this.#turns.wait(start, round.limits, (cause) => {
      this.gaveUp()
      return this.#floor.error(waitingFor(round, this.rank === 0 ? 1 : 0), cause)
    })
  }

  /**
   * Begins a call, publishes a piece and waits for the next record of each other rank, all at once: undefined when nothing
   * is to be waited for.
   */
  meet(round: Round, piece: TypedArray | undefined): Promise<void> | undefined {
    const turn = this.begin(round)
    if (turn !== undefined) return turn.then(() => this.exchange(piece))
    return this.exchange(piece)
  }

  /** Publishes a piece and waits for the next record of each other rank. */
  exchange(piece: TypedArray | undefined): Promise<void> | undefined {
    const room = this.publish(piece)
    if (room !== undefined) return room.then(() => this.#records())
    return this.#records()
  }

  /**
   * Ends a call, or one that has not had its turn, with an error, with which the promise rejects. What others published for
   * it may be left unread.
   */
  fail(round: Round, error: unknown): Promise<never> {
    if (this.#round === round) {
      this.#rollCall.failed()
      this.#waits.withdraw()
      this.end()
    }
    return Promise.reject(error)
  }

  /** A call was given up before it began: the others will look in vain for what it would have published. */
  gaveUp(): void {
    this.#rollCall.failed()
  }

  /** Ends a call that has read all that it had to. */
  end(): void {
    this.#round = undefined
    this.#turns.pass()
  }

  /** Publishes a piece of at most `pieceBytes`, as it is now. Resolves when there was room for it. */
  publish(piece: TypedArray | undefined): Promise<void> | undefined {
    const bytes = piece === undefined ? 0 : byteLengthOf(piece)
    if (!this.#board.hasRoom(bytes) && !this.#board.hasRoomSoon(bytes)) return this.#publishLater(piece, bytes)
    this.#publish(piece)
    return undefined
  }

  /** Resolves when a rank's next record is there. */
  record(rank: number): Promise<unknown> | undefined {
    if (this.#board.hasSoon(rank) && this.#rollCall.isDue(rank, this.#current())) return undefined
    return this.#wait(rank)
  }

  /**
   * Lets the others copy an array of any length from where it lies. Resolves when they have: until then it must not
   * change. Each of them must `borrow` it.
   */
  async lend(data: TypedArray): Promise<void> {
    const board = this.#board
    while (!this.#hasRoom(0)) await this.#waitForRoom(0)
    const { call, signature } = this.#current()
    board.lend(call, signature, data)
    let failure: PromiseSettledResult<unknown> | undefined
    if (!board.isTakenSoon()) {
      const waits: Promise<unknown>[] = []
      for (let rank = 0; rank < this.size; rank++)
        if (rank !== this.rank && !this.#isTakenBy(rank)) waits.push(this.#wait(rank, () => this.#isTakenBy(rank)))
      // Where one never takes it, the others may.
      failure = (await Promise.allSettled(waits)).find(({ status }) => status === 'rejected')
    }
    board.endLoan(failure === undefined)
    if (failure?.status === 'rejected') throw failure.reason
  }

  /** Copies the array that a rank lends, as long as the target, when it does. */
  async borrow(rank: number, target: TypedArray): Promise<void> {
    for (;;) {
      const there = this.record(rank)
      if (there !== undefined) await there
      this.#check(rank, byteLengthOf(target), this.#board.lent(rank) ?? this.#board.bytes(rank))
      const outcome = this.#board.borrow(rank, target)
      if (outcome === 'read') return
      if (outcome === 'refused') throw this.#unreadable(rank)
    }
  }

  #records(): Promise<void> | undefined {
    const round = this.#current()
    for (let rank = 0; rank < this.size; rank++)
      if (rank !== this.rank && !(this.#board.hasSoon(rank) && this.#rollCall.isDue(rank, round)))
        return this.#missing(rank)
    return undefined
  }

  /** The data of a rank's next record, or of this rank's latest, where it lies: until it is taken. */
  view<A extends TypedArray>(rank: number, like: A): A {
    this.#check(rank, byteLengthOf(like))
    return this.#board.view(rank, like)
  }

  /** The same, when it is a number. */
  number(rank: number): number {
    this.#check(rank, 8)
    return this.#board.double(rank)
  }

  /** Copies the data of a rank's next record. */
  read(rank: number, target: TypedArray): void {
    this.#check(rank, byteLengthOf(target))
    this.#board.read(rank, target)
  }

  /** A rank's next record is not needed any more. */
  take(rank: number): void {
    this.#board.take(rank)
  }

  takeAll(): void {
    for (let rank = 0; rank < this.size; rank++) if (rank !== this.rank) this.#board.take(rank)
  }

  /** `ERR_RANK_EXITED` or `ERR_RANK_FAILED` when a rank has left that will never read what was published here. */
  absence(): MpiError | undefined {
    for (let rank = 0; rank < this.size; rank++) {
      const departure = this.#floor.departure(rank)
      if (departure === undefined || rank === this.rank) continue
      const text = `cannot complete: rank ${rank} ${departedText(departure)}`
      return this.#floor.error(waitingFor(this.#current(), rank), { code: codeOf(departure), text })
    }
    return undefined
  }

  /** Resolves when the others know of all that was published here. */
  concluded(): Promise<void> {
    if (this.#isShown()) return Promise.resolve()
    return new Promise((resolve) => {
      this.#shown = resolve
      this.#board.isAwaited = true
    })
  }

  /** Looks at the board for those who wait. True when one of them waits no longer. */
  serve(): boolean {
    const board = this.#board
    board.look()
    this.#rollCall.say(this.#round)
    let any = this.#waits.serve(this.#signatureOf)
    for (let rank = 0; rank < this.size; rank++)
      if (rank !== this.rank && this.#rollCall.inspect(rank, this.#round)) any = true
    if (this.#shown !== undefined && this.#isShown()) {
      this.#shown()
      this.#shown = undefined
      any = true
    }
    board.isAwaited = !this.#waits.isEmpty || this.#shown !== undefined
    return any
  }

  /** A rank has left the job. */
  departed(rank: number): void {
    this.#board.left(rank)
    this.serve()
  }

  /** Nobody waits any more: communication is given up. */
  giveUp(): void {
    this.#shown?.()
    this.#shown = undefined
  }

  #publish(piece: TypedArray | undefined): void {
    const { call, signature } = this.#current()
    this.#board.publish(call, signature, piece)
  }

  async #publishLater(piece: TypedArray | undefined, bytes: number): Promise<void> {
    while (!this.#hasRoom(bytes)) await this.#waitForRoom(bytes)
    this.#publish(piece)
  }

  #waitForRoom(bytes: number): Promise<unknown> {
    const { slowest } = this.#board
    // Where another rank makes this one wait meanwhile, it is that which it waits for.
    return this.#wait(slowest, () => this.#hasRoom(bytes) || this.#board.slowest !== slowest)
  }

  /** Who makes room later says so: this rank may sleep already, for it waits for something else too. */
  #hasRoom(bytes: number): boolean {
    this.#board.wait()
    return this.#board.hasRoom(bytes)
  }

  /** The same for who takes what was published. */
  #isTakenBy(rank: number): boolean {
    this.#board.wait()
    return this.#board.isTakenBy(rank)
  }

  #missing(first: number): Promise<void> {
    const round = this.#current()
    const waits: Promise<unknown>[] = []
    for (let rank = first; rank < this.size; rank++)
      if (rank !== this.rank && !(this.#board.has(rank) && this.#rollCall.isDue(rank, round)))
        waits.push(this.#wait(rank))
    return waits.length === 1 ? (waits[0] as Promise<void>) : Promise.all(waits).then(() => undefined)
  }

  #wait(rank: number, isOver?: () => boolean): Promise<unknown> {
    this.#board.isAwaited = true
    return this.#waits.begin(this.#current(), rank, isOver)
  }

  readonly #signatureOf = (rank: number, call: number): number | undefined => this.#rollCall.signature(rank, call)

  #unreadable(rank: number): MpiError {
    const { operation, scope } = this.#current()
    const text =
      `${operation}: rank ${this.rank} cannot read the memory of rank ${rank} any more: it has died, or something has ` +
      'restricted ptrace; --transport zmq does without'
    return new MpiError('ERR_RANK_FAILED', text, { peer: rank, operation, communicator: scope.name })
  }

  #check(rank: number, bytes: number, there = rank === this.rank ? bytes : this.#board.bytes(rank)): void {
    if (there === bytes) return
    const { operation, scope } = this.#current()
    throw new MpiError(
      'ERR_PROTOCOL',
      `${operation}: rank ${rank} has published ${there} bytes where ${bytes} are due`,
      {
        peer: rank,
        operation,
        communicator: scope.name,
      },
    )
  }

  #isShown(): boolean {
    this.#board.wait()
    for (let rank = 0; rank < this.size; rank++)
      if (rank !== this.rank && this.#floor.departure(rank) === undefined && !this.#board.isSeenBy(rank)) return false
    return true
  }

  #current(): Round {
    if (this.#round === undefined) throw new Error('bug: no collective has begun on the board')
    return this.#round
  }
}

/** A call as one that waits for a rank. */
function waitingFor({ operation, call: tag, context, scope, site }: Round, rank: number): Waiting {
  return { operation, tag, context, scope, site, source: scope.processes[rank] ?? rank }
}
