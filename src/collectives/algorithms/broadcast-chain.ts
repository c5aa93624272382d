/**
 * Pipelined chain broadcast: the array goes from rank to rank in segments, and each rank passes a segment on while the
 * next one arrives.
 *
 * For very large arrays: p − 2 + s steps of n/s bytes for s segments; every rank but the last sends n bytes.
 */
import type { TypedArray } from '../../wire/element-type.ts'
import { slice } from '../array.ts'
import type { Channel } from '../channel.ts'
import { absoluteRank, relativeRank } from '../patterns.ts'

/** A multiple of the size of every element. */
export const SEGMENT_BYTES = 256 * 1024

export async function broadcastChain(
  channel: Channel,
  target: TypedArray,
  root: number,
  segmentBytes = SEGMENT_BYTES,
): Promise<void> {
  const { rank, size } = channel
  const relative = relativeRank(rank, root, size)
  const previous = absoluteRank(relative - 1 + size, root, size)
  const next = absoluteRank(relative + 1, root, size)
  const step = Math.max(1, Math.floor(segmentBytes / target.BYTES_PER_ELEMENT))
  let passing: TypedArray | undefined
  for (let start = 0; start === 0 || start < target.length; start += step) {
    const segment = slice(target, start, step)
    const receiving = relative > 0 ? channel.receiveInto(segment, previous) : undefined
    const sending = passing && relative < size - 1 ? channel.send(passing, next) : undefined
    await Promise.all([receiving, sending])
    passing = segment
  }
  if (passing && relative < size - 1) await channel.send(passing, next)
}
