/** All ranks' typed arrays folded into one, of which each rank gets its block. */
import { isTypedArray } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { ValueAccumulator } from './accumulator.ts'
import { reduceBinomial } from './algorithms/reduce-binomial.ts'
import { reduceScatterRecursiveHalving } from './algorithms/reduce-scatter-recursive-halving.ts'
import { reduceScatterRing } from './algorithms/reduce-scatter-ring.ts'
import { scatterLinear } from './algorithms/scatter-linear.ts'
import { checkArray, checkOp, checkPartition } from './arguments.ts'
import { copyOf, describeValue, sameType, slice } from './array.ts'
import { relativeTo, ValueBlocks } from './blocks.ts'
import { describeOp, kernelFor, operandOf } from './built-in.ts'
import type { AnyOp } from './built-in.ts'
import type { Channel } from './channel.ts'
import { errorOf, failureOf, isFailure } from './failure.ts'
import type { Kernel } from './kernels.ts'
import type { Op } from './op.ts'
import { countOf, startOf } from './partition.ts'
import type { Partition } from './partition.ts'
import { select } from './select.ts'
import type { Algorithms } from './select.ts'

/**
 * Resolves with block `rank` of the fold of all arrays, cut by `counts` or balanced.
 * Rejects on every rank with `ERR_RANK_FAILED` when the operator throws on one.
 */
export function reduceScatter<A extends TypedArray>(
  channel: Channel,
  value: A,
  op: Op<NoInfer<A>>,
  counts?: readonly number[],
  algorithms?: Algorithms,
): Promise<A> {
  checkArray('value', value)
  checkOp(op)
  const operand = operandOf(op, value)
  const partition = checkPartition(counts, channel.size, value.length, 'all')
  const kernel = kernelFor(op, value)
  if (kernel === undefined) return reduceThenScatter(channel, operand, op, partition)
  const facts = { size: channel.size, bytes: value.byteLength, commutative: true }
  const algorithm = select('reduceScatter', facts, algorithms)
  return algorithm === 'binomial'
    ? reduceThenScatter(channel, operand, op, partition)
    : run(channel, operand, kernel, partition, algorithm)
}

async function run<A extends TypedArray>(
  channel: Channel,
  value: A,
  kernel: Kernel,
  partition: Partition,
  algorithm: 'ring' | 'recursiveHalving',
): Promise<A> {
  const work = copyOf(value)
  await (algorithm === 'ring' ? reduceScatterRing : reduceScatterRecursiveHalving)(channel, work, kernel, partition)
  return copyOf(slice(work, startOf(partition, channel.rank), countOf(partition, channel.rank)))
}

/** For operators that see whole arrays, in rank order: all is folded on rank 0, which hands out the blocks, or the failure. */
async function reduceThenScatter<A extends TypedArray>(
  channel: Channel,
  value: A,
  op: Op<A>,
  partition: Partition,
): Promise<A> {
  const accumulator = new ValueAccumulator(channel, value, op)
  await reduceBinomial(channel, accumulator, 0, false)
  const list = channel.rank === 0 ? blocksOf(accumulator.value, value, op, partition) : []
  await scatterLinear(new ValueBlocks(channel, relativeTo(0, channel), list))
  const block = list[channel.rank]
  if (isFailure(block)) throw errorOf(block, 'reduceScatter')
  return block as A
}

function blocksOf(result: unknown, value: TypedArray, op: AnyOp, partition: Partition): unknown[] {
  if (isTypedArray(result) && sameType(result, value) && result.length === value.length)
    return partition.counts.map((count, rank) => copyOf(slice(result, startOf(partition, rank), count)))
  const wrong = new TypeError(`its result is ${describeValue(result)}, not ${describeValue(value)}`)
  const failure = isFailure(result) ? result : failureOf(0, describeOp(op), wrong)
  return partition.counts.map(() => failure)
}
