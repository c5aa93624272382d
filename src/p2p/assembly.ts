/**
 * The ranks of a job around their board (see transport/board): one collective at a time, in the order of the calls. A rank
 * looks for what the others publish, for a moment; then it waits for it as for a message, with a posted receive that the
 * board fulfils. So all that ends or explains a wait (timeouts, departures, disagreement, reports) holds here too.
 */
import { MpiError } from '../errors.ts'
import type { Board } from '../transport/transport.ts'
import { byteLengthOf, type TypedArray } from '../wire/element-type.ts'
import type { CallSite } from './call-site.ts'
import { codeOf, type Departure } from './peer.ts'
import { PostedReceive } from './posted-receive.ts'
import type { Scope } from './scope.ts'
import { supervise, type Limits } from './supervise.ts'
import { departedText, waitText } from './wait-text.ts'

/** One call of a collective. */
export interface Round {
  readonly context: number
  readonly call: number
  readonly signature: number
  readonly operation: string
  readonly scope: Scope
  readonly limits: Limits | undefined
  readonly site: CallSite | undefined
}

/** What an assembly needs of its endpoint. */
export interface Floor {
  receive(receive: PostedReceive, limits: Limits | undefined): Promise<unknown>
  /** False when the receive is over already. */
  fulfil(receive: PostedReceive, signature: number): boolean
  /** A rank has called something else. */
  suspected(rank: number, context: number, call: number): void
  departure(rank: number): Departure | undefined
}

interface Wait {
  readonly rank: number
  readonly receive: PostedReceive
  /** Bytes for which room is waited; undefined: a record of `rank` is. */
  readonly room: number | undefined
}

/** The event loop turns after so many ms of collectives that did not wait; the clock is read every so many of them. */
const TURN = 1
const UNTIMED = 64
const CALLS = 2 ** 31

export class Assembly {
  readonly rank: number
  readonly size: number
  /** The most that is published at once, in bytes. */
  readonly pieceBytes: number
  readonly #board: Board
  readonly #floor: Floor
  #round: Round | undefined = undefined
  /** What lets the calls begin that wait for their turn. */
  readonly #queue: (() => void)[] = []
  #waits: Wait[] = []
  #context = 0
  /** Collectives called here, and those of them that are over or publish nothing any more: the others know the latter. */
  #called = 0
  #entered = 0
  #begun = 0
  #turned = 0
  /** A call has failed here: what others published for it stays unread. */
  #hasFailed = false
  /** The call of each rank about which it was asked. */
  readonly #suspected: number[] = []
  #shown: (() => void) | undefined = undefined

  constructor(board: Board, floor: Floor) {
    this.rank = board.own
    this.size = board.size
    this.pieceBytes = board.pieceBytes
    this.#board = board
    this.#floor = floor
    board.serve = () => this.serve()
  }

  /** True when every rank takes part. Only a collective that has waited for all of them makes that certain. */
  get isComplete(): boolean {
    return this.#board.isComplete
  }

  /** A collective is called, on the board or by messages. */
  called(context: number, call: number): void {
    this.#context = context
    this.#called = (call + 1) % CALLS
  }

  /** Begins a call, whose algorithm then calls what follows, and at last `end`. Resolves when it is its turn. */
  begin(round: Round): Promise<void> | undefined {
    if (this.#round !== undefined || this.#queue.length > 0) return this.#queued(round)
    this.#round = round
    if (++this.#begun % UNTIMED !== 0 || performance.now() - this.#turned < TURN) return undefined
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#turned = performance.now()
        resolve()
      })
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

  /** Ends a call with an error, with which the promise rejects. What others published for it may be left unread. */
  readonly fail = (error: unknown): Promise<never> => {
    this.#hasFailed = true
    this.end()
    return Promise.reject(error)
  }

  /** Ends a call that has read all that it had to. */
  end(): void {
    const { call } = this.#current()
    this.#round = undefined
    if (this.#waits.length > 0) this.#waits = []
    const next = this.#queue.shift()
    const over = (call + 1) % CALLS
    this.#enter(next === undefined && isAhead(this.#called, over) ? this.#called : over)
    next?.()
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
    if (this.#board.hasSoon(rank) && this.#isDue(rank)) return undefined
    return this.#wait(rank, undefined)
  }

  #records(): Promise<void> | undefined {
    for (let rank = 0; rank < this.size; rank++)
      if (rank !== this.rank && !(this.#board.hasSoon(rank) && this.#isDue(rank))) return this.#missing(rank)
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
      const { operation, scope } = this.#current()
      const text = `${operation}: rank ${rank} ${departedText(departure)} without taking part in it`
      return new MpiError(codeOf(departure), text, { peer: rank, operation, communicator: scope.name })
    }
    return undefined
  }

  /** Resolves when the others know of all that was published here. */
  concluded(): Promise<void> {
    if (this.#isShown()) return Promise.resolve()
    return new Promise((resolve) => {
      this.#shown = resolve
    })
  }

  /** Looks at the board for those who wait. True when one of them waits no longer. */
  serve(): boolean {
    const board = this.#board
    board.look()
    // What was called since, and has not begun here, goes by messages.
    if (this.#round === undefined && this.#entered !== this.#called) this.#enter(this.#called)
    let any = false
    if (this.#waits.length > 0) {
      const left: Wait[] = []
      if (this.#waits.some(({ room }) => room !== undefined)) board.wait()
      for (const wait of this.#waits) {
        const signature = this.#answer(wait)
        if (signature === undefined) left.push(wait)
        else if (this.#floor.fulfil(wait.receive, signature)) any = true
      }
      this.#waits = left
    }
    for (let rank = 0; rank < this.size; rank++) if (rank !== this.rank && board.has(rank)) this.#inspect(rank)
    if (this.#shown !== undefined && this.#isShown()) {
      this.#shown()
      this.#shown = undefined
      any = true
    }
    return any
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
    while (!this.#board.hasRoom(bytes)) await this.#wait(this.#board.slowest, bytes)
    this.#publish(piece)
  }

  #missing(first: number): Promise<void> {
    const waits: Promise<unknown>[] = []
    for (let rank = first; rank < this.size; rank++)
      if (rank !== this.rank && !(this.#board.has(rank) && this.#isDue(rank))) waits.push(this.#wait(rank, undefined))
    return waits.length === 1 ? (waits[0] as Promise<void>) : Promise.all(waits).then(() => undefined)
  }

  #wait(rank: number, room: number | undefined): Promise<unknown> {
    const { context, call, signature, operation, scope, limits, site } = this.#current()
    const process = scope.processes[rank] ?? rank
    const receive = new PostedReceive(context, process, call, 'nothing', undefined, signature, scope, operation)
    receive.site = site
    this.#waits.push({ rank, receive, room })
    return this.#floor.receive(receive, limits)
  }

  /** The signature of what a wait is for, once that is there. */
  #answer({ rank, receive, room }: Wait): number | undefined {
    const board = this.#board
    if (room !== undefined) return board.hasRoom(room) ? receive.signature : undefined
    const hasEntered = isAhead(board.entered(rank), receive.tag)
    if (board.has(rank)) {
      if (board.call(rank) === receive.tag) return board.signature(rank)
      if (isAhead(board.call(rank), receive.tag)) this.#suspect(rank, receive.tag)
    } else if (hasEntered) this.#suspect(rank, receive.tag)
    return undefined
  }

  #enter(collectives: number): void {
    this.#entered = collectives
    this.#board.enter(collectives)
  }

  /** A record is there. Of the present call it must go with it; of an earlier one it is left over, or should not be. */
  #inspect(rank: number): void {
    const call = this.#board.call(rank)
    const round = this.#round
    if (call === round?.call) {
      if (this.#board.signature(rank) !== round.signature) this.#suspect(rank, call)
    } else if (isAhead(round?.call ?? this.#entered, call)) {
      if (this.#hasFailed) this.#board.take(rank)
      else this.#suspect(rank, call)
    }
  }

  #suspect(rank: number, call: number): void {
    if (this.#suspected[rank] === call) return
    this.#suspected[rank] = call
    this.#floor.suspected(rank, this.#context, call)
  }

  /** A rank's next record, which is there, belongs to the present call and goes with it. */
  #isDue(rank: number): boolean {
    const board = this.#board
    const { call, signature } = this.#current()
    return board.call(rank) === call && board.signature(rank) === signature
  }

  #check(rank: number, bytes: number): void {
    const there = rank === this.rank ? bytes : this.#board.bytes(rank)
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

  #queued(round: Round): Promise<void> {
    return new Promise((resolve, reject) => {
      const { limits, context, call: tag, operation, scope, site } = round
      let release: (() => void) | undefined
      const begin = (): void => {
        release?.()
        this.#round = round
        resolve()
      }
      this.#queue.push(begin)
      if (limits === undefined) return
      release = supervise(limits, (cause) => {
        this.#queue.splice(this.#queue.indexOf(begin), 1)
        const source = scope.processes[this.rank === 0 ? 1 : 0] ?? 0
        reject(waitText({ operation, tag, context, scope, site, source }, cause, ''))
      })
    })
  }

  #current(): Round {
    if (this.#round === undefined) throw new Error('bug: no collective has begun on the board')
    return this.#round
  }
}

/** True when the number of a call is greater than another; numbers start again after 2^31. */
function isAhead(call: number, other: number): boolean {
  const ahead = (call - other + CALLS) % CALLS
  return ahead > 0 && ahead < CALLS / 2
}
