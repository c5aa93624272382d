/** The blocks of a rank's typed array, one for each rank. */
import type { TypedArray } from '../wire/element-type.ts'
import { checkPartition } from './arguments.ts'
import { slice } from './array.ts'
import type { Channel } from './channel.ts'
import { startOf } from './partition.ts'

/**
 * Cut by `counts`, or balanced. Throws when they do not `fit`: whether they must use up the array or may leave elements at
 * its end.
 */
export function blocksOf<A extends TypedArray>(
  { size, scratch }: Channel,
  array: A,
  counts: readonly number[] | undefined,
  fit: 'all' | 'part',
): readonly A[] {
  if (counts === undefined) return scratch.blocks(array, size)
  const partition = checkPartition(counts, size, array.length, fit)
  return partition.counts.map((count, rank) => slice(array, startOf(partition, rank), count))
}
