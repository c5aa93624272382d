/** All ranks' values folded into one, for the root. */
import { isTypedArray } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { ArrayAccumulator, ValueAccumulator } from './accumulator.ts'
import { reduceBinomial } from './algorithms/reduce-binomial.ts'
import { reduceRabenseifner } from './algorithms/reduce-rabenseifner.ts'
import { checkArray, checkOp, checkRoot } from './arguments.ts'
import { workingCopy } from './array.ts'
import { isBuiltIn, kernelFor, operandOf } from './built-in.ts'
import type { Channel } from './channel.ts'
import { settle } from './failure.ts'
import type { Kernel } from './kernels.ts'
import type { Op } from './op.ts'
import { place } from './placement.ts'
import { select } from './select.ts'
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
  const isRoot = channel.rank === root
  if (kernel === undefined || !isTypedArray(operand))
    return reduceValue(channel, operand, op, root).then((result) => (isRoot ? result : undefined))
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
  const isRoot = channel.rank === root
  if (kernel === undefined)
    return reduceValue(channel, operand, op, root).then((result) => {
      if (isRoot) place(target, result, 'reduceInto')
    })
  return reduceArray(channel, operand, kernel, root, algorithms, isRoot ? target : undefined).then(() => undefined)
}

async function reduceValue<T>(channel: Channel, value: T, op: Op<T>, root: number): Promise<T> {
  const accumulator = new ValueAccumulator(channel, value, op)
  await reduceBinomial(channel, accumulator, root, op.commutative === true)
  return settle(channel, accumulator.value, !isBuiltIn(op), 'reduce') as Promise<T>
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
  const { rank, size } = channel
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
