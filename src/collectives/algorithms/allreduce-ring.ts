/**
 * Ring allreduce (Patarasuk, Yuan: Bandwidth optimal all-reduce algorithms, 2009): ring reduce-scatter, ring allgather.
 *
 * For large arrays and commutative operators: each rank sends 2·n·(p − 1)/p bytes, the least possible, to one
 * neighbour. 2·(p − 1) steps.
 */
import type { TypedArray } from '../../wire/element-type.ts'
import { ArrayBlocks, relativeTo } from '../blocks.ts'
import type { Channel } from '../channel.ts'
import type { Kernel } from '../kernels.ts'
import { balanced } from '../partition.ts'
import { allgatherRing } from './allgather-ring.ts'
import { reduceScatterRing } from './reduce-scatter-ring.ts'

export async function allreduceRing(channel: Channel, target: TypedArray, kernel: Kernel): Promise<void> {
  const partition = balanced(target.length, channel.size)
  await reduceScatterRing(channel, target, kernel, partition)
  await allgatherRing(new ArrayBlocks(channel, relativeTo(0, channel), target, partition))
}
