/** The root's value for all ranks. Arguments are checked, and values serialised, before the functions return. */
import { byteLengthOf, type TypedArray } from '../wire/element-type.ts'
import { broadcastBinomial } from './algorithms/broadcast-binomial.ts'
import { broadcastChain } from './algorithms/broadcast-chain.ts'
import { broadcastScatterAllgather } from './algorithms/broadcast-scatter-allgather.ts'
import { broadcastShared } from './algorithms/broadcast-shared.ts'
import { broadcastValueShared } from './algorithms/broadcast-value-shared.ts'
import { checkArray, checkRoot } from './arguments.ts'
import { snapshot } from './channel.ts'
import type { Channel } from './channel.ts'
import { ArrayHolder, ValueHolder } from './holder.ts'
import { prefersShared, select, UNKNOWN } from './select.ts'
import type { Algorithms } from './select.ts'

/** Only the root's `value` counts. Resolves with a copy of it, at the root too. */
export function broadcast<T>(
  channel: Channel,
  value: T | undefined,
  root: number,
  algorithms?: Algorithms,
): Promise<T> {
  checkRoot(root, channel.size)
  const isRoot = channel.rank === root
  const { assembly } = channel
  if (assembly !== undefined && prefersShared('broadcast', algorithms, channel.size, UNKNOWN))
    return broadcastValueShared(channel, assembly, isRoot ? channel.pack(value) : undefined, root) as Promise<T>
  return run(channel, isRoot ? snapshot(channel, value) : undefined, root) as Promise<T>
}

async function run(channel: Channel, value: unknown, root: number): Promise<unknown> {
  const holder = new ValueHolder(channel, value)
  await broadcastBinomial(channel, holder, root)
  return holder.value
}

/** `target` is sent by the root and filled on the others; same type and length everywhere. */
export function broadcastInto(
  channel: Channel,
  target: TypedArray,
  root: number,
  algorithms?: Algorithms,
): Promise<void> {
  checkArray('target', target)
  checkRoot(root, channel.size)
  const { size, assembly } = channel
  const bytes = byteLengthOf(target)
  if (assembly !== undefined && prefersShared('broadcast', algorithms, size, bytes)) {
    channel.next = (array) => broadcastShared(channel, assembly, array as TypedArray, root)
    return broadcastShared(channel, assembly, target, root)
  }
  switch (select('broadcast', { size, bytes }, algorithms)) {
    case 'chain':
      return broadcastChain(channel, target, root)
    case 'scatterAllgather':
      return broadcastScatterAllgather(channel, target, root)
    case 'shared':
    case 'binomial':
      return broadcastBinomial(channel, new ArrayHolder(channel, target), root)
  }
}
