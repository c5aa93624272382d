/**
 * Rabenseifner's allreduce (Rabenseifner: Optimization of collective reduction operations, 2004).
 *
 * Recursive halving leaves each participant with one reduced block, recursive doubling gives all blocks to all.
 * For large arrays and commutative operators. 2·⌊log₂ p⌋ steps (+ 2 unless p is a power of two); about 2·n bytes a rank.
 */
import type { TypedArray } from '../../wire/element-type.ts'
import { ArrayBlocks, participants } from '../blocks.ts'
import type { Channel } from '../channel.ts'
import type { Kernel } from '../kernels.ts'
import { balanced } from '../partition.ts'
import { foldToPowerOfTwo } from '../patterns.ts'
import { allgatherRecursiveDoubling } from './allgather-recursive-doubling.ts'
import { foldIn, recursiveHalving } from './recursive-halving.ts'

export async function allreduceRabenseifner(channel: Channel, target: TypedArray, kernel: Kernel): Promise<void> {
  const fold = foldToPowerOfTwo(channel.rank, channel.size)
  const partition = balanced(target.length, fold.powerOfTwo)
  await foldIn(channel, target, kernel, fold)
  if (fold.role === 'extra') return channel.receiveInto(target, fold.partner)
  await recursiveHalving(channel, target, kernel, fold, partition)
  await allgatherRecursiveDoubling(new ArrayBlocks(channel, participants(fold, 0), target, partition))
  if (fold.role === 'proxy') await channel.send(target, fold.partner)
}
