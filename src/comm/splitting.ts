/** Who belongs to which new communicator. Pure. */

/** What one rank says to `split`. */
export interface Choice {
  readonly color: number | undefined
  readonly key: number
  /** The new context, by the first rank. */
  readonly context: number
}

/** The context for all new communicators, and the old ranks of this rank's one in their new order; undefined without colour. */
export function splitGroups(
  choices: readonly Choice[],
  rank: number,
): { context: number; ranks: number[] | undefined } {
  const context = choices[0]?.context ?? 0
  const color = choices[rank]?.color
  if (color === undefined) return { context, ranks: undefined }
  const ranks = choices
    .map((choice, old) => ({ ...choice, old }))
    .filter((choice) => choice.color === color)
    .toSorted((a, b) => a.key - b.key || a.old - b.old)
    .map((choice) => choice.old)
  return { context, ranks }
}

/** Checks a list of members. */
export function members(ranks: readonly number[], size: number): readonly number[] {
  if (!Array.isArray(ranks) || ranks.length === 0)
    throw new TypeError(`ranks is ${String(ranks)}; legal: an array of ranks`)
  const wrong = ranks.find((rank) => !Number.isInteger(rank) || rank < 0 || rank >= size)
  if (wrong !== undefined) throw new RangeError(`ranks holds ${String(wrong)}; legal: 0 … ${size - 1}`)
  const twice = ranks.find((rank, index) => ranks.indexOf(rank) !== index)
  if (twice !== undefined) throw new RangeError(`ranks holds ${twice} twice; legal: each rank once`)
  return ranks
}
