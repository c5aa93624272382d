/**
 * What the ranks around a board show each other in a call: each publishes pieces, in order, and all others read those of
 * each rank, in that order. A rank looks for what the others publish, for a moment; then it waits for it with a posted
 * receive that the board fulfils. What returns a promise returns undefined when there is nothing to wait for.
 */
import { MpiError } from '../errors.ts'
import type { Board } from '../transport/transport.ts'
import { byteLengthOf, type TypedArray } from '../wire/element-type.ts'
import { BoardWaits, type Posts, type Round } from './board-waits.ts'
import { RollCall } from './roll-call.ts'

export class Exchanges {
  readonly rank: number
  readonly size: number
  /** The most that is published at once, in bytes. */
  readonly pieceBytes: number
  protected readonly board: Board
  protected readonly rollCall: RollCall
  protected readonly waits: BoardWaits
  /** The call that has its turn. */
  protected round: Round | undefined = undefined

  constructor(board: Board, posts: Posts, suspected: (rank: number, context: number, call: number) => void) {
    this.rank = board.own
    this.size = board.size
    this.pieceBytes = board.pieceBytes
    this.board = board
    this.waits = new BoardWaits(posts)
    this.rollCall = new RollCall(board, suspected)
  }

  /** Publishes a piece and waits for the next record of each other rank. */
  exchange(piece: TypedArray | undefined): Promise<void> | undefined {
    const room = this.publish(piece)
    return room === undefined ? this.records() : this.#recordsAfter(room)
  }

  /** Resolves when there is room for a record of so many bytes. */
  room(bytes: number): Promise<void> | undefined {
    return this.board.hasRoom(bytes) || this.board.hasRoomSoon(bytes) ? undefined : this.#roomLater(bytes)
  }

  /** Where the data of this rank's next record is best prepared, for which there is room: mostly where it will lie. */
  draft<A extends TypedArray>(like: A): A {
    return this.board.draft(like)
  }

  /** An array like this one, of at most `pieceBytes`, in memory of this rank's own, until the next draft. */
  apart<A extends TypedArray>(like: A): A {
    return this.board.apart(like)
  }

  /** The memory in which all data lies that is published; undefined where no vector instructions can run on it. */
  get vectors(): Board['vectors'] {
    return this.board.vectors
  }

  /** Publishes a piece of at most `pieceBytes`, as it is now, for all or for one. Resolves when there was room for it. */
  publish(piece: TypedArray | undefined, reader?: number): Promise<void> | undefined {
    const room = this.room(piece === undefined ? 0 : byteLengthOf(piece))
    if (room !== undefined) return this.#publishAfter(room, piece, reader)
    this.#publish(piece, reader)
    return undefined
  }

  /** Resolves when a rank's next record is there. */
  record(rank: number): Promise<unknown> | undefined {
    if (this.board.hasSoon(rank) && this.rollCall.isDue(rank, this.current())) return undefined
    return this.wait(rank)
  }

  /** Resolves when the next record of each other rank, but for one, is there. */
  records(but = this.rank): Promise<void> | undefined {
    const round = this.current()
    for (let rank = 0; rank < this.size; rank++)
      if (rank !== this.rank && rank !== but && !(this.board.hasSoon(rank) && this.rollCall.isDue(rank, round)))
        return this.#missing(rank, but)
    return undefined
  }

  /** The data of a rank's next record, or of this rank's latest, where it lies: until it is taken. */
  view<A extends TypedArray>(rank: number, like: A): A {
    this.check(rank, byteLengthOf(like))
    return this.board.of(rank).view(like)
  }

  /** The same, when it is a number. */
  number(rank: number): number {
    this.check(rank, 8)
    return this.board.of(rank).double()
  }

  /** Copies the data of a rank's next record. */
  read(rank: number, target: TypedArray): void {
    this.check(rank, byteLengthOf(target))
    this.board.of(rank).read(target)
  }

  /** The length of the data of a rank's next record, in bytes; −1 where that is lent. Throws when no rank can have meant it. */
  bytes(rank: number): number {
    const { bytes } = this.board.of(rank)
    if (bytes > this.pieceBytes) throw this.#error(rank, bytes, this.pieceBytes)
    return bytes
  }

  /** One of the doubles that the data of a rank's next record begins with. */
  double(rank: number, index: number): number {
    return this.board.of(rank).doubleAt(index, this.#bytesOf(rank, 8 * index + 8))
  }

  /** Copies a part of the data of a rank's next record, from a byte of it on that is a multiple of eight. */
  readPart(rank: number, from: number, target: TypedArray): void {
    this.board.of(rank).readPart(from, target, this.#bytesOf(rank, from + byteLengthOf(target)))
  }

  /** A rank's next record is not needed any more. */
  take(rank: number): void {
    this.board.take(rank)
  }

  takeAll(but = this.rank): void {
    for (let rank = 0; rank < this.size; rank++) if (rank !== this.rank && rank !== but) this.board.take(rank)
  }

  protected wait(rank: number, isOver?: () => boolean): Promise<unknown> {
    this.board.isAwaited = true
    return this.waits.begin(this.current(), rank, isOver)
  }

  protected current(): Round {
    if (this.round === undefined) throw new Error('bug: no collective has begun on the board')
    return this.round
  }

  protected check(rank: number, bytes: number, there = rank === this.rank ? bytes : this.board.of(rank).bytes): void {
    if (there !== bytes) throw this.#error(rank, there, bytes)
  }

  /** The length of a rank's next record, which has that many bytes or more. */
  #bytesOf(rank: number, end: number): number {
    const bytes = this.bytes(rank)
    if (end > bytes) throw this.#error(rank, bytes, end)
    return bytes
  }

  #error(rank: number, there: number, due: number): MpiError {
    const { operation, scope } = this.current()
    const text = `${operation}: rank ${rank} has published ${there} bytes where ${due} are due`
    return new MpiError('ERR_PROTOCOL', text, { peer: rank, operation, communicator: scope.name })
  }

  #missing(first: number, but: number): Promise<void> {
    const round = this.current()
    const waits: Promise<unknown>[] = []
    for (let rank = first; rank < this.size; rank++)
      if (rank !== this.rank && rank !== but && !(this.board.hasNext(rank) && this.rollCall.isDue(rank, round)))
        waits.push(this.wait(rank))
    return waits.length === 1 ? (waits[0] as Promise<void>) : Promise.all(waits).then(() => undefined)
  }

  async #recordsAfter(room: Promise<void>): Promise<void> {
    await room
    await this.records()
  }

  #publish(piece: TypedArray | undefined, reader: number | undefined): void {
    const { call, signature } = this.current()
    this.board.publish(call, signature, piece, reader)
  }

  async #publishAfter(room: Promise<void>, piece: TypedArray | undefined, reader: number | undefined): Promise<void> {
    await room
    this.#publish(piece, reader)
  }

  async #roomLater(bytes: number): Promise<void> {
    while (!this.#hasRoom(bytes)) await this.#waitForRoom(bytes)
  }

  #waitForRoom(bytes: number): Promise<unknown> {
    const { slowest } = this.board
    // Where another rank makes this one wait meanwhile, it is that which it waits for.
    return this.wait(slowest, () => this.#hasRoom(bytes) || this.board.slowest !== slowest)
  }

  /** Who makes room later says so: this rank may sleep already, for it waits for something else too. */
  #hasRoom(bytes: number): boolean {
    this.board.wait()
    return this.board.hasRoom(bytes)
  }
}
