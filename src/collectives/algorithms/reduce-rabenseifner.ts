/**
 * Rabenseifner's reduce (Rabenseifner: Optimization of collective reduction operations, 2004).
 *
 * Recursive halving leaves each participant with one reduced block; a binomial gather brings the blocks to the root.
 * For large arrays and commutative operators. 2·⌊log₂ p⌋ steps (+ 2 unless p is a power of two); about 2·n bytes a rank.
 */
import type { TypedArray } from '../../wire/element-type.ts'
import { ArrayBlocks, participants } from '../blocks.ts'
import type { Channel } from '../channel.ts'
import type { Kernel } from '../kernels.ts'
import { balanced } from '../partition.ts'
import { foldToPowerOfTwo } from '../patterns.ts'
import { gatherBinomial } from './gather-binomial.ts'
import { foldIn, recursiveHalving } from './recursive-halving.ts'

export async function reduceRabenseifner(
  channel: Channel,
  target: TypedArray,
  kernel: Kernel,
  root: number,
): Promise<void> {
  const fold = foldToPowerOfTwo(channel.rank, channel.size)
  // A root that does not take part gets the result from its proxy.
  const rootFold = foldToPowerOfTwo(root, channel.size)
  const proxy = rootFold.role === 'extra' ? rootFold.partner : root
  const top = foldToPowerOfTwo(proxy, channel.size).participant
  const partition = balanced(target.length, fold.powerOfTwo)
  await foldIn(channel, target, kernel, fold)
  if (fold.role !== 'extra') {
    await recursiveHalving(channel, target, kernel, fold, partition)
    await gatherBinomial(new ArrayBlocks(channel, participants(fold, top), target, partition))
  }
  if (proxy === root) return
  if (channel.rank === proxy) await channel.send(target, root)
  if (channel.rank === root) await channel.receiveInto(target, proxy)
}
