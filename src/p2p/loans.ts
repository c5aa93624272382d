/** What the ranks around a board lend each other in a call: an array that all others copy from where it lies. */
import { MpiError } from '../errors.ts'
import { byteLengthOf, type TypedArray } from '../wire/element-type.ts'
import { Exchanges } from './exchanges.ts'

export class Loans extends Exchanges {
  #isOpen = false

  /** All others can read what this rank lends. */
  get lends(): boolean {
    return this.board.lends
  }

  /** A rank's next record, which is there, says where its data lies. */
  isLent(rank: number): boolean {
    return this.board.of(rank).lentBytes !== undefined
  }

  /** Lends an array: `offer`, then `returned`. */
  async lend(data: TypedArray): Promise<void> {
    await this.offer(data)
    await this.returned()
  }

  /**
   * Lets the others copy an array of any length from where it lies: until it is `returned` it must not change. Each of them
   * must `borrow` it. Resolves when they know of it.
   */
  async offer(data: TypedArray): Promise<void> {
    await this.room(0)
    const { call, signature } = this.current()
    this.board.lend(call, signature, data)
    this.#isOpen = true
  }

  /** Resolves when all have copied what was offered, if anything was. */
  async returned(): Promise<void> {
    if (!this.#isOpen) return
    let failure: PromiseSettledResult<unknown> | undefined
    if (!this.board.isTakenSoon()) {
      const waits: Promise<unknown>[] = []
      for (let rank = 0; rank < this.size; rank++)
        if (rank !== this.rank && !this.#isTakenBy(rank)) waits.push(this.wait(rank, () => this.#isTakenBy(rank)))
      // Where one never takes it, the others may.
      failure = (await Promise.allSettled(waits)).find(({ status }) => status === 'rejected')
    }
    this.#close(failure === undefined)
    if (failure?.status === 'rejected') throw failure.reason
  }

  /** Copies the array that a rank lends, as long as the target, when it does. */
  async borrow(rank: number, target: TypedArray): Promise<void> {
    for (;;) {
      const there = this.record(rank)
      if (there !== undefined) await there
      const { lentBytes, bytes } = this.board.of(rank)
      this.check(rank, byteLengthOf(target), lentBytes ?? bytes)
      const outcome = this.board.borrow(rank, target)
      if (outcome === 'read') return
      if (outcome === 'refused') throw this.#unreadable(rank)
    }
  }

  /** The call is given up: who has not copied what was offered will not. */
  protected takeBack(): void {
    if (this.#isOpen) this.#close(false)
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
