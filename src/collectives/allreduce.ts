/** All ranks' values folded into one, for every rank, with identical bits. */
import { byteLengthOf, isTypedArray } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { ArrayAccumulator, ValueAccumulator } from './accumulator.ts'
import { allreduceLinear } from './algorithms/allreduce-linear.ts'
import { allreduceRecursiveDoubling } from './algorithms/allreduce-recursive-doubling.ts'
import { allreduceNumberShared, allreduceShared } from './algorithms/allreduce-shared.ts'
import { checkArray, checkOp } from './arguments.ts'
import { workingCopy } from './array.ts'
import { agreementOf, isBuiltIn, kernelFor, operandOf } from './built-in.ts'
import type { Channel } from './channel.ts'
import { settle } from './failure.ts'
import type { Kernel } from './kernels.ts'
import type { Op } from './op.ts'
import { place } from './placement.ts'
import { prefersShared, select } from './select.ts'
import type { Algorithms } from './select.ts'

/**
 * Resolves with the fold of all values in rank order.
 * Rejects on every rank with `ERR_RANK_FAILED` when the operator throws on one.
 */
export function allreduce<T>(channel: Channel, value: T, op: Op<NoInfer<T>>, algorithms?: Algorithms): Promise<T> {
  checkOp(op)
  const operand = operandOf(op, value)
  const kernel = isTypedArray(operand) ? kernelFor(op, operand) : undefined
  if (kernel === undefined || !isTypedArray(operand)) {
    // Only where the operator wants the same of all ranks do they know that all have a number.
    if (typeof operand !== 'number' || agreementOf(op) === 'nothing')
      return allreduceValue(channel, operand, op, algorithms)
    return allreduceNumber(channel, operand, op, algorithms)
  }
  return allreduceArray(channel, operand, kernel, algorithms) as Promise<unknown> as Promise<T>
}

/** The same with `target` as operand and result. */
export function allreduceInto<A extends TypedArray>(
  channel: Channel,
  target: A,
  op: Op<NoInfer<A>>,
  algorithms?: Algorithms,
): Promise<void> {
  checkArray('target', target)
  checkOp(op)
  const operand = operandOf(op, target)
  const kernel = kernelFor(op, target)
  if (kernel === undefined)
    return allreduceValue(channel, operand, op, algorithms).then((result) => place(target, result, 'allreduceInto'))
  return allreduceTarget(channel, operand, target, kernel, algorithms)
}

function allreduceNumber<T>(channel: Channel, value: T & number, op: Op<T>, algorithms?: Algorithms): Promise<T> {
  const { assembly } = channel
  if (assembly === undefined || !prefersShared('allreduce', algorithms))
    return allreduceValue(channel, value, op, algorithms)
  const fold = op as unknown as (lower: unknown, higher: number) => unknown
  // Some operators take no fractions.
  channel.next = (number) => allreduceNumberShared(channel, assembly, operandOf(op, number as number), fold)
  return allreduceNumberShared(channel, assembly, value, fold) as Promise<T>
}

async function allreduceValue<T>(
  channel: Channel,
  value: T,
  op: Op<T>,
  algorithms: Algorithms | undefined,
): Promise<T> {
  const accumulator = new ValueAccumulator(channel, value, op)
  // Only where the operator wants the same of all ranks do they know how long each other's values are.
  const isShort = agreementOf(op) !== 'nothing' && ['number', 'bigint', 'boolean'].includes(typeof value)
  const facts = { size: channel.size, bytes: isShort ? 8 : Number.NaN }
  if (select('allreduce', facts, algorithms) === 'linear') await allreduceLinear(channel, accumulator)
  else await allreduceRecursiveDoubling(channel, accumulator)
  return settle(channel, accumulator.value, !isBuiltIn(op), 'allreduce') as Promise<T>
}

/** Operators with a kernel are all commutative. Writes to `target`, or to memory of its own. */
function allreduceArray<A extends TypedArray>(
  channel: Channel,
  source: A,
  kernel: Kernel,
  algorithms: Algorithms | undefined,
  target?: A,
): Promise<A> {
  const { size, assembly } = channel
  const bytes = byteLengthOf(source)
  if (assembly !== undefined && prefersShared('allreduce', algorithms)) {
    const work = workingCopy(source, target)
    return allreduceShared(channel, assembly, work, kernel).then(() => work)
  }
  const algorithm = select('allreduce', { size, bytes, commutative: true }, algorithms)
  if (algorithm === 'ring' || algorithm === 'rabenseifner')
    return allreduceBlocks(channel, workingCopy(source, target), kernel, algorithm)
  const accumulator = new ArrayAccumulator(channel, source, kernel, target)
  const run = algorithm === 'linear' ? allreduceLinear : allreduceRecursiveDoubling
  return run(channel, accumulator).then(() => accumulator.result())
}

/** In place: `operand` is the target, or its truth. */
function allreduceTarget(
  channel: Channel,
  operand: TypedArray,
  target: TypedArray,
  kernel: Kernel,
  algorithms: Algorithms | undefined,
): Promise<void> {
  const { assembly } = channel
  if (assembly !== undefined && prefersShared('allreduce', algorithms)) {
    channel.next = (array) => allreduceShared(channel, assembly, array as TypedArray, kernel)
    return allreduceShared(channel, assembly, target, kernel)
  }
  return allreduceArray(channel, operand, kernel, algorithms, target).then(() => undefined)
}

async function allreduceBlocks<A extends TypedArray>(
  channel: Channel,
  work: A,
  kernel: Kernel,
  algorithm: 'ring' | 'rabenseifner',
): Promise<A> {
  // Half of the files that allreduce needs: in most programs no array is that long.
  const { allreduceRing, allreduceRabenseifner } = await import('./allreduce-blocks.ts')
  await (algorithm === 'ring' ? allreduceRing : allreduceRabenseifner)(channel, work, kernel)
  return work
}
