/**
 * Recursive halving reduce-scatter (Thakur, Rabenseifner, Gropp: Optimization of collective communication operations in
 * MPICH, 2005).
 *
 * A proxy works for its extra rank too, whose block it hands over at the end.
 * For small and middling arrays and commutative operators. ⌊log₂ p⌋ steps (+ 2 unless p is a power of two);
 * each rank sends about n bytes.
 */
import type { TypedArray } from '../../wire/element-type.ts'
import { slice } from '../array.ts'
import type { Channel } from '../channel.ts'
import type { Kernel } from '../kernels.ts'
import { countOf, partitionOf, startOf } from '../partition.ts'
import type { Partition } from '../partition.ts'
import { foldToPowerOfTwo } from '../patterns.ts'
import type { Fold } from '../patterns.ts'
import { foldIn, recursiveHalving } from './recursive-halving.ts'

/** Leaves rank i with the reduced block i of `target`; the rest of it is scratch then. */
export async function reduceScatterRecursiveHalving(
  channel: Channel,
  target: TypedArray,
  kernel: Kernel,
  partition: Partition,
): Promise<void> {
  const fold = foldToPowerOfTwo(channel.rank, channel.size)
  const blockOf = (rank: number): TypedArray => slice(target, startOf(partition, rank), countOf(partition, rank))
  await foldIn(channel, target, kernel, fold)
  if (fold.role === 'extra') return channel.receiveInto(blockOf(channel.rank), fold.partner)
  await recursiveHalving(channel, target, kernel, fold, mergedPartition(partition, fold))
  if (fold.role === 'proxy') await channel.send(blockOf(fold.partner), fold.partner)
}

/** One block for each participant: a proxy's is its extra rank's and its own. */
function mergedPartition(partition: Partition, { powerOfTwo, remainder }: Fold): Partition {
  const counts = Array.from({ length: powerOfTwo }, (_, participant) =>
    participant < remainder
      ? countOf(partition, 2 * participant) + countOf(partition, 2 * participant + 1)
      : countOf(partition, participant + remainder),
  )
  return partitionOf(counts)
}
