/** The fold of all values up to this rank's. */
import { isTypedArray } from '../wire/element-type.ts'
import { ArrayAccumulator, ValueAccumulator } from './accumulator.ts'
import { scanRecursiveDoubling } from './algorithms/scan-recursive-doubling.ts'
import { checkOp } from './arguments.ts'
import { isBuiltIn, kernelFor, operandOf } from './built-in.ts'
import type { Channel } from './channel.ts'
import { settle } from './failure.ts'
import type { Op } from './op.ts'

/**
 * Resolves on rank r with the fold of the values of ranks 0 … r, in rank order.
 * Rejects on every rank with `ERR_RANK_FAILED` when the operator throws on one.
 */
export function scan<T>(channel: Channel, value: T, op: Op<NoInfer<T>>): Promise<T> {
  checkOp(op)
  return runScan(channel, operandOf(op, value), op, 'scan')
}

/** The same of ranks 0 … r − 1, with the very bits of their scan; undefined on rank 0. */
export function exclusiveScan<T>(channel: Channel, value: T, op: Op<NoInfer<T>>): Promise<T | undefined> {
  checkOp(op)
  return runExclusiveScan(channel, operandOf(op, value), op)
}

async function runScan<T>(channel: Channel, value: T, op: Op<T>, operation: string): Promise<T> {
  const kernel = isTypedArray(value) ? kernelFor(op, value) : undefined
  if (kernel === undefined || !isTypedArray(value)) {
    const accumulator = new ValueAccumulator(channel, value, op)
    await scanRecursiveDoubling(channel, accumulator)
    return settle(channel, accumulator.value, !isBuiltIn(op), operation) as Promise<T>
  }
  const accumulator = new ArrayAccumulator(channel, value, kernel)
  await scanRecursiveDoubling(channel, accumulator)
  return accumulator.result()
}

async function runExclusiveScan<T>(channel: Channel, value: T, op: Op<T>): Promise<T | undefined> {
  const { rank, size } = channel
  const inclusive = await runScan(channel, value, op, 'exclusiveScan')
  const [before] = await Promise.all([
    rank > 0 ? channel.receive(rank - 1) : undefined,
    rank < size - 1 ? channel.send(inclusive, rank + 1) : undefined,
  ])
  return before as T | undefined
}
