/**
 * Recursive halving, the first half of Rabenseifner's algorithms: partners exchange halves of what both still hold, and
 * each folds the other's half into its own, until every participant has one block, reduced over all.
 *
 *   4 participants, blocks held:   0 1 2 3  ->  0 1 | 2 3  ->  0 | 1 | 2 | 3
 *
 * The first partner is the farthest one, so operands meet out of rank order: for commutative operators.
 * log₂ p steps; each participant sends n·(p − 1)/p bytes.
 */
import type { TypedArray } from '../../wire/element-type.ts'
import { slice } from '../array.ts'
import { exchangeInto } from '../channel.ts'
import type { Channel } from '../channel.ts'
import type { Kernel } from '../kernels.ts'
import { startOf } from '../partition.ts'
import type { Partition } from '../partition.ts'
import { participantRank } from '../patterns.ts'
import type { Fold } from '../patterns.ts'

/** Leaves participant i with the reduced block i of `target`; the rest of it is scratch then. */
export async function recursiveHalving(
  channel: Channel,
  target: TypedArray,
  kernel: Kernel,
  { participant, powerOfTwo, remainder }: Fold,
  partition: Partition,
): Promise<void> {
  let scratch: TypedArray | undefined // as large as the first half kept, in which all later ones lie
  const range = (from: number, to: number): TypedArray =>
    target.subarray(startOf(partition, from), startOf(partition, to))
  let low = 0
  let high = powerOfTwo
  for (let distance = powerOfTwo / 2; distance >= 1; distance /= 2) {
    const middle = low + distance
    const isLower = participant < middle
    const partner = participantRank(participant ^ distance, remainder)
    const mine = isLower ? range(low, middle) : range(middle, high)
    const theirs = isLower ? range(middle, high) : range(low, middle)
    scratch ??= channel.scratch.take(target, mine.length)
    const received = slice(scratch, 0, mine.length)
    await exchangeInto(channel, theirs, partner, received, partner)
    if (isLower) kernel(mine, received, mine)
    else kernel(received, mine, mine)
    if (isLower) high = middle
    else low = middle
  }
  if (scratch !== undefined) channel.scratch.give(scratch)
}

/** Folds the extra ranks' arrays into their proxies'. */
export async function foldIn(channel: Channel, target: TypedArray, kernel: Kernel, fold: Fold): Promise<void> {
  if (fold.role === 'extra') await channel.send(target, fold.partner)
  if (fold.role !== 'proxy') return
  const scratch = channel.scratch.take(target, target.length)
  const received = slice(scratch, 0, target.length)
  await channel.receiveInto(received, fold.partner)
  kernel(target, received, target)
  channel.scratch.give(scratch)
}
