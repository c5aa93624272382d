/** A value from every rank for every rank. */
import { byteLengthOf, isTypedArray } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { alltoallBruck } from './algorithms/alltoall-bruck.ts'
import { alltoallLinear } from './algorithms/alltoall-linear.ts'
import { alltoallPairwise } from './algorithms/alltoall-pairwise.ts'
import { alltoallShared } from './algorithms/alltoall-shared.ts'
import { checkArray, checkLength, checkList, checkSameType } from './arguments.ts'
import { assign, copyOf, overlaps, slice } from './array.ts'
import { snapshot } from './channel.ts'
import type { Channel } from './channel.ts'
import { arrayOutbox, ArraySlots, valueOutbox, ValueSlots } from './outbox.ts'
import { prefersShared, select } from './select.ts'
import type { Algorithms } from './select.ts'

/** `values[i]` goes to rank i. Resolves with what came from each rank, in rank order. */
export function alltoall<T>(channel: Channel, values: readonly T[], algorithms?: Algorithms): Promise<T[]> {
  checkList(values, channel.size, 'alltoall')
  const algorithm = select('alltoall', { size: channel.size }, algorithms)
  const result: unknown[] = Array.from({ length: channel.size })
  result[channel.rank] = snapshot(channel, values[channel.rank])
  if (algorithm === 'linear') return alltoallLinear(valueOutbox(channel, values, result)).then(() => result as T[])
  // Sent step by step: objects as they are now, whatever the caller does to them after the call.
  const kept = values.map((value) => (isTypedArray(value) ? value : snapshot(channel, value)))
  if (algorithm === 'pairwise') return alltoallPairwise(valueOutbox(channel, kept, result)).then(() => result as T[])
  const slots = new ValueSlots(channel, kept)
  return alltoallBruck(channel, slots).then(() => {
    slots.store(channel, result)
    return result as T[]
  })
}

/**
 * Block i of `values` goes to block r of rank i's `target`; all blocks have the same length. `target` may be `values`.
 */
export function alltoallInto(
  channel: Channel,
  target: TypedArray,
  values: TypedArray,
  algorithms?: Algorithms,
): Promise<void> {
  const { rank, size } = channel
  checkArray('target', target)
  checkArray('values', values)
  checkSameType('target', target, 'values', values)
  checkLength('target', target, values.length, 'the length of values')
  if (values.length % size !== 0)
    throw new RangeError(`values has ${values.length} elements for ${size} ranks; it must have as many for each rank`)
  const count = values.length / size
  const source = overlaps(target, values) ? copyOf(values) : values
  assign(slice(target, rank * count, count), slice(source, rank * count, count))
  // By messages, calls that overlap need channels of their own.
  if (isShared(channel, byteLengthOf(source), algorithms))
    channel.next = (again, others) => alltoallInto(channel, again as TypedArray, others as TypedArray, algorithms)
  return blocksInto(channel, target, source, algorithms)
}

/** This rank's own block is in its place already. */
function blocksInto(
  channel: Channel,
  target: TypedArray,
  source: TypedArray,
  algorithms: Algorithms | undefined,
): Promise<void> {
  const { size, assembly } = channel
  const bytes = byteLengthOf(source)
  if (assembly !== undefined && isShared(channel, bytes, algorithms))
    return alltoallShared(channel, assembly, source, target)
  switch (select('alltoall', { size, bytes }, algorithms)) {
    case 'shared':
    case 'linear':
      return alltoallLinear(arrayOutbox(channel, source, target))
    case 'pairwise':
      return alltoallPairwise(arrayOutbox(channel, source, target))
    case 'bruck': {
      const slots = new ArraySlots(channel, source)
      return alltoallBruck(channel, slots).then(() => slots.store(channel, target))
    }
  }
}

function isShared({ size, assembly }: Channel, bytes: number, algorithms: Algorithms | undefined): boolean {
  return assembly !== undefined && prefersShared('alltoall', algorithms, size, bytes)
}
