/**
 * Scatter-allgather broadcast (Van de Geijn; Barnett et al.: Interprocessor collective communication library, 1994).
 *
 * The root scatters the array in p blocks down a binomial tree, then the blocks go round a ring.
 * For large arrays: ⌈log₂ p⌉ + p − 1 steps, but no rank sends more than about 2·n·(p − 1)/p bytes.
 */
import type { TypedArray } from '../../wire/element-type.ts'
import { ArrayBlocks, relativeTo } from '../blocks.ts'
import type { Channel } from '../channel.ts'
import { balanced } from '../partition.ts'
import { allgatherRing } from './allgather-ring.ts'
import { scatterBinomial } from './scatter-binomial.ts'

export async function broadcastScatterAllgather(channel: Channel, target: TypedArray, root: number): Promise<void> {
  const blocks = new ArrayBlocks(channel, relativeTo(root, channel), target, balanced(target.length, channel.size))
  await scatterBinomial(blocks)
  await allgatherRing(blocks)
}
