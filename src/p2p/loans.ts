/**
 * What the ranks around a board lend each other in a call: an array that all others copy from where it lies, or one of them,
 * or an array for each of them. What returns a promise returns undefined when there is nothing to wait for.
 */
import { MpiError } from '../errors.ts'
import { byteLengthOf, type TypedArray } from '../wire/element-type.ts'
import { Exchanges } from './exchanges.ts'

export class Loans extends Exchanges {
  #isOpen = false
  /** For whom it is, if for one only. */
  #reader: number | undefined = undefined

  /** All others can read what this rank lends. */
  get lends(): boolean {
    return this.board.lends
  }

  /** A rank's next record, which is there, says where its data lies. */
  isLent(rank: number): boolean {
    return this.board.of(rank).lentBytes() !== undefined
  }

  /** Lends an array: `offer`, then `returned`. */
  lend(data: TypedArray): Promise<void> | undefined {
    const room = this.offer([data])
    return room === undefined ? this.returned() : this.#returnedAfter(room)
  }

  /**
   * Lets the others, or one of them, copy arrays of any length from where they lie: until they are `returned` they must not
   * change. Each of them must `borrow` one. Resolves when they know of it.
   */
  offer(data: readonly TypedArray[], reader?: number): Promise<void> | undefined {
    const room = this.room(16 * data.length)
    if (room !== undefined) return this.#offerAfter(room, data, reader)
    this.#open(data, reader)
    return undefined
  }

  /** Resolves when all have copied what was offered to them, if anything was. */
  returned(): Promise<void> | undefined {
    if (!this.#isOpen) return undefined
    if (!this.board.isTakenSoon(this.#reader)) return this.#returnedLater()
    this.#close(true)
    return undefined
  }

  /** The length of an array that a rank lends with its next record, which is there; undefined when it has not so many. */
  lentBytes(rank: number, place = 0): number | undefined {
    return this.board.of(rank).lentBytes(place)
  }

  /** Copies an array that a rank lends, as long as the target, when it does. */
  borrow(rank: number, target: TypedArray, place = 0): Promise<void> | undefined {
    const there = this.record(rank)
    return there === undefined && this.#isCopied(rank, target, place)
      ? undefined
      : this.#borrowLater(rank, target, place, there)
  }

  /** The call is given up: who has not copied what was offered will not. */
  protected takeBack(): void {
    if (this.#isOpen) this.#close(false)
  }

  #open(data: readonly TypedArray[], reader: number | undefined): void {
    const { call, signature } = this.current()
    this.board.lend(call, signature, data, reader)
    this.#isOpen = true
    this.#reader = reader
  }

  async #offerAfter(room: Promise<void>, data: readonly TypedArray[], reader: number | undefined): Promise<void> {
    await room
    this.#open(data, reader)
  }

  async #returnedAfter(room: Promise<void>): Promise<void> {
    await room
    await this.returned()
  }

  async #returnedLater(): Promise<void> {
    const waits: Promise<unknown>[] = []
    for (let rank = 0; rank < this.size; rank++)
      if (rank !== this.rank && rank === (this.#reader ?? rank) && !this.#isTakenBy(rank))
        waits.push(this.wait(rank, () => this.#isTakenBy(rank)))
    // Where one never takes it, the others may.
    const failure = (await Promise.allSettled(waits)).find(({ status }) => status === 'rejected')
    this.#close(failure === undefined)
    if (failure?.status === 'rejected') throw failure.reason
  }

  async #borrowLater(
    rank: number,
    target: TypedArray,
    place: number,
    there: Promise<unknown> | undefined,
  ): Promise<void> {
    for (let next = there ?? this.record(rank); ; next = this.record(rank)) {
      if (next !== undefined) await next
      if (this.#isCopied(rank, target, place)) return
    }
  }

  /** Copies what a rank lends now. False when it has taken it back. */
  #isCopied(rank: number, target: TypedArray, place: number): boolean {
    this.check(rank, byteLengthOf(target), this.lentBytes(rank, place) ?? this.board.of(rank).bytes)
    const outcome = this.board.borrow(rank, target, place)
    if (outcome === 'refused') throw this.#unreadable(rank)
    return outcome === 'read'
  }

  #close(isTaken: boolean): void {
    this.#isOpen = false
    this.board.endLoan(isTaken)
  }

  /** Who takes it later says so. */
  #isTakenBy(rank: number): boolean {
    this.board.wait()
    return this.board.isTakenBy(rank)
  }

  #unreadable(rank: number): MpiError {
    const { operation, scope } = this.current()
    const text =
      `${operation}: rank ${this.rank} cannot read the memory of rank ${rank} any more: it has died, or something has ` +
      'restricted ptrace; --transport zmq does without'
    return new MpiError('ERR_RANK_FAILED', text, { peer: rank, operation, communicator: scope.name })
  }
}
