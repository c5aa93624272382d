/**
 * Broadcast in shared memory: the root puts the array on the board piece by piece, and every other rank copies the pieces
 * from there.
 *
 * For the ranks of one host. The root writes n bytes, whatever the number of ranks, and each other rank copies n; both at
 * the same time, a few pieces apart, within the caches.
 */
import type { TypedArray } from '../../wire/element-type.ts'
import type { Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import { piecesOf } from '../pieces.ts'

export async function broadcastShared(
  channel: Channel,
  assembly: Assembly,
  target: TypedArray,
  root: number,
): Promise<void> {
  const turn = assembly.begin(channel)
  if (turn !== undefined) await turn
  try {
    for (const piece of piecesOf(target, assembly.pieceBytes)) {
      if (channel.rank === root) {
        const room = assembly.publish(piece)
        if (room !== undefined) await room
      } else {
        const record = assembly.record(root, piece.byteLength)
        if (record !== undefined) await record
        assembly.read(root, piece)
        assembly.take(root)
      }
    }
    if (channel.rank === root) assembly.checkPresent()
    assembly.end()
  } catch (error) {
    assembly.fail(error)
  }
}
