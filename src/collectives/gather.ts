/** Every rank's value for the root. Values may differ in type and size from rank to rank. */
import { isTypedArray } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { gatherBinomial } from './algorithms/gather-binomial.ts'
import { gatherLinear } from './algorithms/gather-linear.ts'
import { collectShared, giveShared } from './algorithms/gather-shared.ts'
import { collectValuesShared, giveValueShared } from './algorithms/gather-values-shared.ts'
import { checkArray, checkCounts, checkLength, checkPartition, checkRoot, checkSameType } from './arguments.ts'
import { assign, slice } from './array.ts'
import type { Assembly } from './assembly.ts'
import { blocksOf } from './block-cut.ts'
import { ArrayBlocks, relativeTo, ValueBlocks } from './blocks.ts'
import { snapshot } from './channel.ts'
import type { Channel } from './channel.ts'
import { countOf, startOf } from './partition.ts'
import type { Partition } from './partition.ts'
import { place } from './placement.ts'
import { prefersShared, select } from './select.ts'
import type { Algorithms } from './select.ts'

/** Resolves with the values in rank order at the root, with undefined elsewhere. */
export function gather<T>(channel: Channel, value: T, root: number, algorithms?: Algorithms): Promise<T[] | undefined> {
  checkRoot(root, channel.size)
  const { assembly } = channel
  if (assembly !== undefined && prefersShared('gather', algorithms)) {
    channel.next = (_, next) => gatherShared(channel, assembly, next, root)
    return gatherShared(channel, assembly, value, root) as Promise<T[] | undefined>
  }
  const isLinear = select('gather', { size: channel.size }, algorithms) === 'linear'
  // The root's result must not share memory with its value; what others send later must be as it is now.
  const isOnlySent = channel.rank !== root && (isLinear || isTypedArray(value))
  return run(channel, isOnlySent ? value : snapshot(channel, value), root, algorithms) as Promise<T[] | undefined>
}

/** The root's result must not share memory with its value. */
function gatherShared(channel: Channel, assembly: Assembly, value: unknown, root: number): Promise<unknown> {
  return channel.rank === root
    ? collectValuesShared(channel, assembly, snapshot(channel, value))
    : giveValueShared(channel, assembly, value, root)
}

async function run(
  channel: Channel,
  value: unknown,
  root: number,
  algorithms: Algorithms | undefined,
): Promise<unknown[] | undefined> {
  const list: unknown[] = Array.from({ length: channel.size })
  list[channel.rank] = value
  const blocks = new ValueBlocks(channel, relativeTo(root, channel), list)
  const algorithm = select('gather', { size: channel.size }, algorithms)
  await (algorithm === 'linear' ? gatherLinear(blocks) : gatherBinomial(blocks))
  return channel.rank === root ? list : undefined
}

/**
 * Fills block r of the root's `target` with rank r's `value`; the blocks are cut by `counts`, or balanced. Memory outside
 * the blocks stays as it is. At the root `value` may be its block itself.
 * Resolves when this rank's part is done; rejects at the root with `ERR_MISMATCH` when another rank's value does not fit its
 * block, when all that do are in theirs.
 */
export function gatherInto(
  channel: Channel,
  target: TypedArray | undefined,
  value: TypedArray,
  root: number,
  counts?: readonly number[],
  algorithms?: Algorithms,
): Promise<void> {
  checkRoot(root, channel.size)
  checkArray('value', value)
  if (counts !== undefined) {
    checkCounts(counts, channel.size)
    checkLength('value', value, counts[channel.rank] ?? 0, `the length of block ${channel.rank}`)
  }
  const { assembly } = channel
  if (assembly !== undefined && prefersShared('gather', algorithms)) {
    if (counts === undefined)
      channel.next = (next, other) =>
        gatherIntoShared(channel, assembly, other as TypedArray | undefined, next as TypedArray, root)
    return gatherIntoShared(channel, assembly, target, value, root, counts)
  }
  if (channel.rank !== root) return run(channel, value, root, algorithms) as Promise<undefined>
  checkTarget(target, value)
  const partition = checkPartition(counts, channel.size, target.length, 'part')
  checkLength('value', value, countOf(partition, root), `the length of block ${root}`)
  return runInto(channel, target, value, partition, algorithms)
}

function checkTarget(target: TypedArray | undefined, value: TypedArray): asserts target is TypedArray {
  checkArray('target', target)
  checkSameType('target', target, 'value', value)
}

function gatherIntoShared(
  channel: Channel,
  assembly: Assembly,
  target: TypedArray | undefined,
  value: TypedArray,
  root: number,
  counts?: readonly number[],
): Promise<void> {
  if (channel.rank !== root) return giveShared(channel, assembly, value, root)
  checkTarget(target, value)
  const blocks = blocksOf(channel, target, counts, 'part')
  const own = blocks[root] as TypedArray
  checkLength('value', value, own.length, `the length of block ${root}`)
  assign(own, value)
  return collectShared(channel, assembly, blocks)
}

async function runInto(
  channel: Channel,
  target: TypedArray,
  value: TypedArray,
  partition: Partition,
  algorithms: Algorithms | undefined,
): Promise<void> {
  const root = channel.rank
  assign(slice(target, startOf(partition, root), value.length), value)
  if (select('gather', { size: channel.size }, algorithms) === 'linear')
    return gatherLinear(new ArrayBlocks(channel, relativeTo(root, channel), target, partition))
  const list = await run(channel, undefined, root, algorithms)
  const misfits: unknown[] = []
  for (const [rank, piece] of (list ?? []).entries()) {
    if (rank === root) continue
    try {
      place(slice(target, startOf(partition, rank), countOf(partition, rank)), piece, 'gatherInto')
    } catch (error) {
      misfits.push(error)
    }
  }
  if (misfits.length > 0) throw misfits[0]
}
