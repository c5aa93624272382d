/** What point-to-point needs to know of a communicator: its name and numbering, for results and error texts. */
export interface Scope {
  readonly name: string
  /** World ranks of its members. */
  readonly processes: readonly number[]
  /** Rank in the communicator of the process with this world rank. */
  rankOf(process: number): number
}
