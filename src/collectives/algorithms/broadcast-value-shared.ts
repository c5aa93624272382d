/**
 * Broadcast of any value in shared memory: the root puts a head on the board, which says what comes and holds all of a
 * short value. A longer one follows as the bytes that it is, as an array does.
 *
 * For the ranks of one host. Up to 32 bytes 1 step: the root writes one line. Above, one line more than an array of n bytes.
 */
import { ownedBody } from '../../wire/body.ts'
import type { Packed } from '../../wire/codec.ts'
import { allocate } from '../../wire/payload.ts'
import type { Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import { broadcastBegun } from './broadcast-shared.ts'

/** @param packed the root's value */
export async function broadcastValueShared(
  channel: Channel,
  assembly: Assembly,
  packed: Packed | undefined,
  root: number,
): Promise<unknown> {
  const turn = assembly.begin(channel)
  if (turn !== undefined) await turn
  const head = channel.scratch.ownHead
  let bytes: Uint8Array
  try {
    if (packed !== undefined) head.describe(packed.type, packed.bytes)
    const passed = packed === undefined ? assembly.record(root) : assembly.publish(head.record)
    if (passed !== undefined) await passed
    if (packed === undefined) {
      assembly.read(root, head.record)
      assembly.take(root)
    }
    const { body } = head
    if (body !== undefined) {
      const absence = packed === undefined ? undefined : assembly.absence()
      if (absence !== undefined) throw absence
      const value = packed === undefined ? channel.unpack(head.type, body, head.bytes) : packed.value
      assembly.end()
      return value
    }
    bytes = packed?.bytes ?? allocate(head.type, head.bytes).memory
  } catch (error) {
    return assembly.fail(channel, error)
  }
  const { type } = head
  await broadcastBegun(channel, assembly, bytes, root)
  return packed === undefined ? channel.unpack(type, ownedBody(bytes), bytes.length) : packed.value
}
