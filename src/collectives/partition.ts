/** How a run of elements is cut into one block for each rank. */

export interface Partition {
  /** Elements of each rank's block. */
  readonly counts: readonly number[]
  /** First element of each rank's block, and behind the last one the whole length. */
  readonly starts: readonly number[]
  readonly length: number
}

/** Blocks of the given lengths, one after the other. */
export function partitionOf(counts: readonly number[]): Partition {
  const starts = [0]
  let length = 0
  for (const count of counts) starts.push((length += count))
  return { counts, starts, length }
}

/** Blocks as equal as can be: the first `length mod size` have one element more. */
export function balanced(length: number, size: number): Partition {
  const base = Math.floor(length / size)
  const longer = length - base * size
  return partitionOf(Array.from({ length: size }, (_, rank) => base + (rank < longer ? 1 : 0)))
}

export function startOf(partition: Partition, rank: number): number {
  return partition.starts[rank] ?? partition.length
}

export function countOf(partition: Partition, rank: number): number {
  return partition.counts[rank] ?? 0
}
