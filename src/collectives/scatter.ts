/**
 * A block of the root's values for each rank. Only the root knows what comes: the others follow the same algorithm
 * whether it is a list, a typed array, or blocks of unequal length.
 */
import { isTypedArray } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { scatterBinomial } from './algorithms/scatter-binomial.ts'
import { scatterLinear } from './algorithms/scatter-linear.ts'
import {
  checkArray,
  checkCounts,
  checkLength,
  checkList,
  checkPartition,
  checkRoot,
  checkSameType,
} from './arguments.ts'
import { slice } from './array.ts'
import { relativeTo, ValueBlocks } from './blocks.ts'
import { snapshot } from './channel.ts'
import type { Channel } from './channel.ts'
import { countOf, startOf } from './partition.ts'
import type { Partition } from './partition.ts'
import { place } from './placement.ts'
import { select } from './select.ts'
import type { Algorithms } from './select.ts'

/**
 * Resolves with this rank's value: `values[rank]` of a list, or block `rank` of a typed array, which is cut by `counts`
 * or, without them, into balanced blocks.
 */
export function scatter<T>(
  channel: Channel,
  values: readonly T[] | TypedArray | undefined,
  root: number,
  counts?: readonly number[],
  algorithms?: Algorithms,
): Promise<T> {
  checkRoot(root, channel.size)
  const list = channel.rank === root ? piecesOf(channel, values, counts) : []
  if (channel.rank === root) list[root] = snapshot(channel, list[root])
  return run(channel, list, root, algorithms) as Promise<T>
}

function piecesOf(channel: Channel, values: unknown, counts: readonly number[] | undefined): unknown[] {
  if (isTypedArray(values)) return cut(values, checkPartition(counts, channel.size, values.length, 'all'))
  if (counts !== undefined) throw new TypeError('scatter: counts go with a typed array, not with a list of values')
  checkList(values, channel.size, 'scatter')
  return [...values]
}

function cut<A extends TypedArray>(array: A, partition: Partition): A[] {
  return partition.counts.map((count, rank) => slice(array, startOf(partition, rank), count))
}

async function run(channel: Channel, list: unknown[], root: number, algorithms?: Algorithms): Promise<unknown> {
  const blocks = new ValueBlocks(channel, relativeTo(root, channel), list)
  const algorithm = select('scatter', { size: channel.size }, algorithms)
  await (algorithm === 'linear' ? scatterLinear(blocks) : scatterBinomial(blocks))
  return list[channel.rank]
}

/**
 * Fills `target` with this rank's block of the root's `values`. At the root `target` may be that block itself.
 * Resolves when it is filled; rejects with `ERR_MISMATCH` when the block has another type or length.
 */
export function scatterInto(
  channel: Channel,
  target: TypedArray,
  values: TypedArray | undefined,
  root: number,
  counts?: readonly number[],
  algorithms?: Algorithms,
): Promise<void> {
  checkRoot(root, channel.size)
  checkArray('target', target)
  if (counts !== undefined) checkCounts(counts, channel.size)
  let list: unknown[] = []
  if (channel.rank === root) {
    checkArray('values', values)
    checkSameType('target', target, 'values', values)
    const partition = checkPartition(counts, channel.size, values.length, 'part')
    checkLength('target', target, countOf(partition, root), `the length of block ${root}`)
    list = cut(values, partition)
  } else if (counts !== undefined)
    checkLength('target', target, counts[channel.rank] ?? 0, `the length of block ${channel.rank}`)
  return runInto(channel, target, list, root, algorithms)
}

async function runInto(
  channel: Channel,
  target: TypedArray,
  list: unknown[],
  root: number,
  algorithms: Algorithms | undefined,
): Promise<void> {
  const isLinear = select('scatter', { size: channel.size }, algorithms) === 'linear'
  if (isLinear && channel.rank !== root) return channel.receiveInto(target, root)
  // The root's own block is put last: `target` may overlap blocks that are still being sent.
  place(target, await run(channel, list, root, algorithms), 'scatterInto')
}
