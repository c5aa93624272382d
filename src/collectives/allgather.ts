/** Every rank's value for every rank. Values may differ in type and size from rank to rank. */
import type { TypedArray } from '../wire/element-type.ts'
import { allgatherBruck } from './algorithms/allgather-bruck.ts'
import { allgatherLinear } from './algorithms/allgather-linear.ts'
import { allgatherRecursiveDoubling } from './algorithms/allgather-recursive-doubling.ts'
import { allgatherRing } from './algorithms/allgather-ring.ts'
import { allgatherShared, allgatherValuesShared } from './algorithms/allgather-shared.ts'
import { checkArray, checkLength, checkPartition, checkSameType } from './arguments.ts'
import { assign, slice } from './array.ts'
import { ArrayBlocks, relativeTo, ValueBlocks } from './blocks.ts'
import type { Blocks } from './blocks.ts'
import { snapshot } from './channel.ts'
import type { Channel } from './channel.ts'
import { countOf, startOf } from './partition.ts'
import type { Partition } from './partition.ts'
import { prefersShared, select, UNKNOWN } from './select.ts'
import type { AlgorithmOf, Algorithms } from './select.ts'

/** Resolves with the values in rank order. */
export function allgather<T>(channel: Channel, value: T, algorithms?: Algorithms): Promise<T[]> {
  const { assembly } = channel
  if (assembly !== undefined && prefersShared('allgather', algorithms, channel.size, UNKNOWN))
    return allgatherValuesShared(channel, assembly, channel.pack(value)) as Promise<T[]>
  return values(channel, snapshot(channel, value), algorithms) as Promise<T[]>
}

function values(channel: Channel, value: unknown, algorithms: Algorithms | undefined): Promise<unknown[]> {
  const list: unknown[] = Array.from({ length: channel.size })
  list[channel.rank] = value
  const blocks = new ValueBlocks(channel, relativeTo(0, channel), list)
  const done = run(blocks, select('allgather', { size: channel.size }, algorithms))
  return done.then(() => list)
}

/**
 * Fills block r of every rank's `target` with rank r's `value`; the blocks are cut by `counts`, or balanced. Memory
 * outside the blocks stays as it is. `value` may be this rank's block itself.
 */
export function allgatherInto(
  channel: Channel,
  target: TypedArray,
  value: TypedArray,
  counts?: readonly number[],
  algorithms?: Algorithms,
): Promise<void> {
  checkArray('target', target)
  const partition = checkPartition(counts, channel.size, target.length, 'part')
  // By messages, calls that overlap need channels of their own.
  if (counts === undefined && isShared(channel, algorithms))
    channel.next = (again, own) => into(channel, again as TypedArray, own as TypedArray, partition, algorithms)
  return into(channel, target, value, partition, algorithms)
}

function into(
  channel: Channel,
  target: TypedArray,
  value: TypedArray,
  partition: Partition,
  algorithms: Algorithms | undefined,
): Promise<void> {
  const { rank } = channel
  checkArray('value', value)
  checkSameType('target', target, 'value', value)
  checkLength('value', value, countOf(partition, rank), `the length of block ${rank}`)
  assign(slice(target, startOf(partition, rank), value.length), value)
  return blocksInto(channel, target, partition, algorithms)
}

/** This rank's block is in its place already. */
function blocksInto(
  channel: Channel,
  target: TypedArray,
  partition: Partition,
  algorithms: Algorithms | undefined,
): Promise<void> {
  const { size, assembly } = channel
  if (assembly !== undefined && isShared(channel, algorithms))
    return allgatherShared(channel, assembly, blocksOf(target, partition))
  const bytes = partition.length * target.BYTES_PER_ELEMENT
  const blocks = new ArrayBlocks(channel, relativeTo(0, channel), target, partition)
  return run(blocks, select('allgather', { size, bytes }, algorithms))
}

function isShared({ assembly }: Channel, algorithms: Algorithms | undefined): boolean {
  return assembly !== undefined && prefersShared('allgather', algorithms)
}

function blocksOf(target: TypedArray, partition: Partition): TypedArray[] {
  return partition.counts.map((count, rank) => slice(target, startOf(partition, rank), count))
}

function run(blocks: Blocks, algorithm: AlgorithmOf<'allgather'>): Promise<void> {
  switch (algorithm) {
    case 'shared':
    case 'linear':
      return allgatherLinear(blocks)
    case 'recursiveDoubling':
      return allgatherRecursiveDoubling(blocks)
    case 'bruck':
      return allgatherBruck(blocks)
    case 'ring':
      return allgatherRing(blocks)
  }
}
