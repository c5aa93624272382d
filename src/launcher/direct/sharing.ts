/**
 * The memory that the ranks of a host share: the proxy of the first makes it, the others say whether they can open it.
 * Knows no socket.
 */
import type { Order, Report } from './messages.ts'
import type { Seat } from './gathering.ts'

export class Sharing {
  readonly #job: number
  readonly #tell: (rank: number, order: Order) => void
  /** Takes the answers of a round of questions. */
  #answered: (rank: number, report: Report) => void = () => {}
  /** Ends a round without them. */
  #endRound: () => void = () => {}
  #isHopeless = false

  constructor(job: number, tell: (rank: number, order: Order) => void) {
    this.#job = job
    this.#tell = tell
  }

  /** Resolves with the hosts where all of these ranks can open their memory. */
  async share(seats: readonly Seat[]): Promise<ReadonlySet<string>> {
    const sharing = seats.filter(({ neighbours }) => neighbours.length > 1)
    const first = sharing.filter(({ localRank }) => localRank === 0)
    const created = await this.#ask(first, ({ neighbours }) => ({
      type: 'create',
      ranks: neighbours.length,
      job: this.#job,
    }))
    const paths = new Map<string, string>()
    for (const { newcomer } of first) {
      const report = created.get(newcomer.rank)
      if (report?.type === 'created' && report.path !== '') paths.set(newcomer.host.id, report.path)
    }
    const able = sharing.filter(({ newcomer }) => paths.has(newcomer.host.id))
    const opened = await this.#ask(able, ({ newcomer }) => ({
      type: 'open',
      path: paths.get(newcomer.host.id) ?? '',
    }))
    for (const { newcomer } of able) {
      const report = opened.get(newcomer.rank)
      if (!(report?.type === 'opened' && report.isOpen)) paths.delete(newcomer.host.id)
    }
    return new Set(paths.keys())
  }

  /** A rank's proxy has answered. */
  answered(rank: number, report: Report): void {
    this.#answered(rank, report)
  }

  /** A rank has left: nobody needs the answers any more. */
  giveUp(): void {
    this.#isHopeless = true
    this.#endRound()
  }

  /** Asks some ranks' proxies something. Resolves when all have answered, or nobody needs the answers any more. */
  async #ask(seats: readonly Seat[], question: (seat: Seat) => Order): Promise<ReadonlyMap<number, Report>> {
    const answers = new Map<number, Report>()
    if (seats.length === 0 || this.#isHopeless) return answers
    const done = new Promise<void>((resolve) => {
      this.#endRound = resolve
      this.#answered = (rank, report) => {
        answers.set(rank, report)
        if (answers.size === seats.length) resolve()
      }
    })
    for (const seat of seats) this.#tell(seat.newcomer.rank, question(seat))
    await done
    return answers
  }
}
