/**
 * Alltoall in shared memory: every rank puts all its blocks on the board, piece by piece, and copies its own out of those of
 * each other.
 *
 * For the ranks of one host. As many steps as pieces, each with a part of every block; each rank writes n bytes (of more
 * than one piece (1 − 1/p)·n) and copies (1 − 1/p)·n.
 */
import { byteLengthOf, type TypedArray } from '../../wire/element-type.ts'
import { assign, slice } from '../array.ts'
import { whenThere, type Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import { OVER } from '../over.ts'

/** All blocks of `source` have the same length, as those of `target`, which is other memory and has this rank's own already. */
export function alltoallShared(
  channel: Channel,
  assembly: Assembly,
  source: TypedArray,
  target: TypedArray,
): Promise<void> {
  if (byteLengthOf(source) > assembly.pieceBytes) return inPieces(channel, assembly, source, target)
  const met = assembly.meet(channel, source)
  return met === undefined
    ? finish(channel, assembly, source, target)
    : whenThere(met, finish, channel, assembly, source, target)
}

function finish(channel: Channel, assembly: Assembly, source: TypedArray, target: TypedArray): Promise<void> {
  try {
    collect(channel, assembly, source, target, 0)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return OVER
}

async function inPieces(channel: Channel, assembly: Assembly, source: TypedArray, target: TypedArray): Promise<void> {
  const { rank: own, size } = channel
  const count = source.length / size
  const most = Math.floor(assembly.pieceBytes / source.BYTES_PER_ELEMENT / size)
  try {
    await assembly.begin(channel)
    for (let start = 0; start < count; start += most) {
      const length = Math.min(most, count - start)
      const like = slice(source, 0, size * length)
      const room = assembly.room(byteLengthOf(like))
      if (room !== undefined) await room
      const draft = assembly.draft(like)
      for (let rank = 0; rank < size; rank++)
        if (rank !== own) assign(slice(draft, rank * length, length), slice(source, rank * count + start, length))
      const met = assembly.exchange(draft)
      if (met !== undefined) await met
      collect(channel, assembly, draft, target, start)
    }
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
}

/** Copies this rank's parts out of the pieces of all others, which are like this one, to `start` in their blocks. */
function collect(
  { rank: own, size }: Channel,
  assembly: Assembly,
  piece: TypedArray,
  target: TypedArray,
  start: number,
): void {
  const count = target.length / size
  const length = piece.length / size
  for (let distance = 1; distance < size; distance++) {
    const rank = (own + distance) % size
    const part = slice(assembly.view(rank, piece), own * length, length)
    assign(slice(target, rank * count + start, length), part)
  }
  assembly.takeAll()
}
