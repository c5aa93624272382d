/**
 * Ring reduce-scatter: the partial result of block b starts behind rank b, goes once round the ring, is folded on its
 * way with every rank's part, and ends at rank b.
 *
 * For large arrays and commutative operators. p − 1 steps; each rank sends n·(p − 1)/p bytes.
 */
import type { TypedArray } from '../../wire/element-type.ts'
import { slice } from '../array.ts'
import { exchangeInto } from '../channel.ts'
import type { Channel } from '../channel.ts'
import type { Kernel } from '../kernels.ts'
import { countOf, startOf } from '../partition.ts'
import type { Partition } from '../partition.ts'
import { shift } from '../patterns.ts'

/** Leaves rank i with the reduced block i of `target`; the rest of it is scratch then. */
export async function reduceScatterRing(
  channel: Channel,
  target: TypedArray,
  kernel: Kernel,
  partition: Partition,
): Promise<void> {
  const { rank, size } = channel
  const { destination, source } = shift(rank, size, 1)
  const block = (of: number): TypedArray => slice(target, startOf(partition, of), countOf(partition, of))
  const scratch = channel.scratch.take(target, Math.max(...partition.counts))
  for (let step = 1; step < size; step++) {
    const outgoing = block((rank - step + size) % size)
    const mine = block((rank - step - 1 + size) % size)
    const received = slice(scratch, 0, mine.length)
    await exchangeInto(channel, outgoing, destination, received, source)
    kernel(received, mine, mine)
  }
  channel.scratch.give(scratch)
}
