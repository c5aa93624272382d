/** All ranks' values folded into one, for the root. */
import { isTypedArray } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { ArrayAccumulator, ValueAccumulator } from './accumulator.ts'
import { reduceBinomial } from './algorithms/reduce-binomial.ts'
import { reduceRabenseifner } from './algorithms/reduce-rabenseifner.ts'
import { reduceNumberShared, reduceShared } from './algorithms/reduce-shared.ts'
import { checkArray, checkOp, checkRoot } from './arguments.ts'
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
 * Resolves with the fold of all values in rank order at the root, with undefined elsewhere.
 * Rejects on every rank with `ERR_RANK_FAILED` when the operator throws on one.
 */
export function reduce<T>(
  channel: Channel,
  value: T,
  op: Op<NoInfer<T>>,
  root: number,
  algorithms?: Algorithms,
): Promise<T | undefined> {
  checkRoot(root, channel.size)
  checkOp(op)
  const operand = operandOf(op, value)
  const kernel = isTypedArray(operand) ? kernelFor(op, operand) : undefined
  if (kernel === undefined || !isTypedArray(operand)) {
    // Only where the operator wants the same of all ranks do they know that all have a number.
    if (typeof operand === 'number' && agreementOf(op) !== 'nothing')
      return reduceNumber(channel, operand, op, root, algorithms)
    return reduceValue(channel, operand, op, root)
  }
  return reduceArray(channel, operand, kernel, root, algorithms) as Promise<T | undefined>
}

/** `target` is every rank's operand; the root's holds the result in the end, the others' stay as they are. */
export function reduceInto<A extends TypedArray>(
  channel: Channel,
  target: A,
  op: Op<NoInfer<A>>,
  root: number,
  algorithms?: Algorithms,
): Promise<void> {
  checkRoot(root, channel.size)
  checkArray('target', target)
  checkOp(op)
  const operand = operandOf(op, target)
  const kernel = kernelFor(op, target)
  if (kernel === undefined)
    return reduceValue(channel, operand, op, root).then((result) => {
      if (channel.rank === root) place(target, result, 'reduceInto')
    })
  const { assembly } = channel
  if (assembly !== undefined && prefersShared('reduce', algorithms)) {
    channel.next = (array) => reduceShared(channel, assembly, array as TypedArray, kernel, root)
    return reduceShared(channel, assembly, target, kernel, root)
  }
  const result = channel.rank === root ? target : undefined
  return reduceArray(channel, operand, kernel, root, algorithms, result).then(() => undefined)
}

function reduceNumber<T>(
  channel: Channel,
  value: T & number,
  op: Op<T>,
  root: number,
  algorithms: Algorithms | undefined,
): Promise<T | undefined> {
  const { assembly } = channel
  if (assembly === undefined || !prefersShared('reduce', algorithms)) return reduceValue(channel, value, op, root)
  const fold = op as unknown as (lower: unknown, higher: number) => unknown
  // Some operators take no fractions.
  channel.next = (number) => reduceNumberShared(channel, assembly, operandOf(op, number as number), fold, root)
  return reduceNumberShared(channel, assembly, value, fold, root) as Promise<T | undefined>
}

async function reduceValue<T>(channel: Channel, value: T, op: Op<T>, root: number): Promise<T | undefined> {
  const accumulator = new ValueAccumulator(channel, value, op)
  await reduceBinomial(channel, accumulator, root, op.commutative === true)
  const result = (await settle(channel, accumulator.value, !isBuiltIn(op), 'reduce')) as T
  return channel.rank === root ? result : undefined
}

/** Operators with a kernel are all commutative. Writes to `target`, or to memory of its own. */
async function reduceArray<A extends TypedArray>(
  channel: Channel,
  source: A,
  kernel: Kernel,
  root: number,
  algorithms: Algorithms | undefined,
  target?: A,
): Promise<A | undefined> {
  const { rank, size, assembly } = channel
  if (assembly !== undefined && prefersShared('reduce', algorithms)) {
    const work = rank === root ? workingCopy(source, target) : source
    await reduceShared(channel, assembly, work, kernel, root)
    return rank === root ? work : undefined
  }
  const facts = { size, bytes: source.byteLength, commutative: true }
  if (select('reduce', facts, algorithms) === 'rabenseifner') {
    const work = workingCopy(source, target)
    await reduceRabenseifner(channel, work, kernel, root)
    return rank === root ? work : undefined
  }
  const accumulator = new ArrayAccumulator(channel, source, kernel, target)
  await reduceBinomial(channel, accumulator, root, true)
  if (rank === root) return accumulator.result()
  accumulator.release()
  return undefined
}
