/** An ordered set of processes: the numbering of a communicator. Pure. */
import { PROC_NULL } from '../wire/envelope.ts'

export class Group {
  /** World ranks in the order of this group's ranks. */
  readonly processes: readonly number[]
  readonly #ranks: ReadonlyMap<number, number> | undefined

  constructor(processes: readonly number[]) {
    this.processes = processes
    const isIdentity = processes.every((process, rank) => process === rank)
    this.#ranks = isIdentity ? undefined : new Map(processes.map((process, rank) => [process, rank]))
  }

  get size(): number {
    return this.processes.length
  }

  /** World rank of this group's rank. */
  processOf(rank: number): number {
    return this.#ranks === undefined ? rank : (this.processes[rank] ?? PROC_NULL)
  }

  /** This group's rank of a process, `PROC_NULL` if it does not belong. */
  rankOf(process: number): number {
    if (this.#ranks === undefined) return process < this.processes.length ? process : PROC_NULL
    return this.#ranks.get(process) ?? PROC_NULL
  }
}
