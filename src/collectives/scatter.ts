/**
 * A block of the root's values for each rank. Only the root knows what comes: the others follow the same algorithm
 * whether it is a list, a typed array, or blocks of unequal length.
 */
import { bodyOf } from '../wire/body.ts'
import { isTypedArray } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { refuse } from './algorithms/gather-values-shared.ts'
import { scatterBinomial } from './algorithms/scatter-binomial.ts'
import { scatterLinear } from './algorithms/scatter-linear.ts'
import { hasTable, receiveScattered, receiveScatteredValue, scatterShared } from './algorithms/scatter-shared.ts'
import { checkArray, checkCounts, checkLength, checkList, checkRoot, checkSameType } from './arguments.ts'
import { assign } from './array.ts'
import type { Assembly } from './assembly.ts'
import { blocksOf } from './block-cut.ts'
import { relativeTo, ValueBlocks } from './blocks.ts'
import { snapshot } from './channel.ts'
import type { Channel } from './channel.ts'
import { OVER } from './over.ts'
import { place } from './placement.ts'
import { prefersShared, select } from './select.ts'
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
  const { assembly } = channel
  if (assembly !== undefined && hasTable(channel, assembly) && prefersShared('scatter', algorithms)) {
    if (counts === undefined) channel.next = (_, next) => scatterValues(channel, assembly, next, root)
    return scatterValues(channel, assembly, values, root, counts) as Promise<T>
  }
  const list = channel.rank === root ? piecesOf(channel, values, counts) : []
  if (channel.rank === root) list[root] = snapshot(channel, list[root])
  return run(channel, list, root, algorithms) as Promise<T>
}

function piecesOf(channel: Channel, values: unknown, counts: readonly number[] | undefined): unknown[] {
  if (isTypedArray(values)) return [...blocksOf(channel, values, counts, 'all')]
  if (counts !== undefined) throw new TypeError('scatter: counts go with a typed array, not with a list of values')
  checkList(values, channel.size, 'scatter')
  return [...values]
}

/** On the board. */
function scatterValues(
  channel: Channel,
  assembly: Assembly,
  values: unknown,
  root: number,
  counts?: readonly number[],
): Promise<unknown> {
  if (channel.rank !== root) return receiveScatteredValue(channel, assembly, root)
  const list = piecesOf(channel, values, counts)
  const types: number[] = []
  const blocks: TypedArray[] = []
  try {
    for (const [rank, value] of list.entries()) {
      if (rank === root) continue
      const { type, body, isLasting } = channel.encode(value)
      const { bytes } = bodyOf(body)
      types.push(type)
      blocks.push(isLasting ? bytes : bytes.slice())
    }
  } catch (error) {
    return refuse(channel, assembly, error)
  }
  const own = snapshot(channel, list[root])
  return scatterShared(channel, assembly, blocks, types).then(() => own)
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
  if (channel.rank !== root && counts !== undefined)
    checkLength('target', target, counts[channel.rank] ?? 0, `the length of block ${channel.rank}`)
  const { assembly } = channel
  if (assembly !== undefined && hasTable(channel, assembly) && prefersShared('scatter', algorithms)) {
    if (counts === undefined)
      channel.next = (next, other) =>
        scatterIntoShared(channel, assembly, next as TypedArray, other as TypedArray | undefined, root)
    return scatterIntoShared(channel, assembly, target, values, root, counts)
  }
  const list = channel.rank === root ? checkedBlocks(channel, target, values, counts) : []
  return runInto(channel, target, [...list], root, algorithms)
}

/** At the root. */
function checkedBlocks(
  channel: Channel,
  target: TypedArray,
  values: TypedArray | undefined,
  counts: readonly number[] | undefined,
): readonly TypedArray[] {
  checkArray('values', values)
  checkSameType('target', target, 'values', values)
  const blocks = blocksOf(channel, values, counts, 'part')
  checkLength('target', target, blocks[channel.rank]?.length ?? 0, `the length of block ${channel.rank}`)
  return blocks
}

/** On the board. */
function scatterIntoShared(
  channel: Channel,
  assembly: Assembly,
  target: TypedArray,
  values: TypedArray | undefined,
  root: number,
  counts?: readonly number[],
): Promise<void> {
  if (channel.rank !== root) return receiveScattered(channel, assembly, target, root)
  const blocks = checkedBlocks(channel, target, values, counts)
  const own = blocks[root] as TypedArray
  const shown = scatterShared(
    channel,
    assembly,
    blocks.filter((block) => block !== own),
  )
  // Last: `target` may overlap blocks that are still being shown.
  if (shown !== OVER) return shown.then(() => assign(target, own))
  assign(target, own)
  return OVER
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
