/**
 * Broadcast in shared memory: the root puts the array on the board piece by piece, and every other rank copies the pieces
 * from there. A large one each copies from the root's own memory, where the system allows that.
 *
 * For the ranks of one host. The root writes n bytes, whatever the number of ranks, and each other rank copies n; both at
 * the same time, a few pieces apart, within the caches. Of a large array the root writes nothing, but waits for all.
 */
import { byteLengthOf, type TypedArray } from '../../wire/element-type.ts'
import { whenThere, type Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import { OVER } from '../over.ts'
import { passedBytes, piecesOf } from '../pieces.ts'

/** From here on the root lends its array: below, copying twice through the board takes less time than once by a system call. */
const LENT = 256 * 1024

export function broadcastShared(channel: Channel, assembly: Assembly, target: TypedArray, root: number): Promise<void> {
  const turn = assembly.begin(channel)
  const bytes = byteLengthOf(target)
  if (turn !== undefined) return whenThere(turn, broadcastBegun, channel, assembly, target, root)
  if (bytes >= LENT || bytes > passedBytes(assembly)) return broadcastBegun(channel, assembly, target, root)
  const passed = pass(channel, assembly, target, root)
  if (passed === undefined) return finish(channel, assembly, target, root)
  return whenThere(passed, finish, channel, assembly, target, root)
}

/** The same in a call that has begun, of arrays of any length. Ends it. */
export function broadcastBegun(channel: Channel, assembly: Assembly, target: TypedArray, root: number): Promise<void> {
  let there: Promise<unknown> | undefined
  try {
    there = channel.rank === root ? undefined : assembly.record(root)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  return there === undefined
    ? broadcastNow(channel, assembly, target, root)
    : whenThere(there, broadcastNow, channel, assembly, target, root)
}

/** The same when the root's record is there. */
function broadcastNow(channel: Channel, assembly: Assembly, target: TypedArray, root: number): Promise<void> {
  // The root knows whether all others can read its memory; they see what it did.
  const isRoot = channel.rank === root
  const isLent = isRoot ? byteLengthOf(target) >= LENT && assembly.lends : assembly.isLent(root)
  if (!isLent) return inPieces(channel, assembly, target, root)
  let copied: Promise<void> | undefined
  try {
    copied = isRoot ? assembly.lend(target) : assembly.borrow(root, target)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  if (copied !== undefined) return endAfter(channel, assembly, copied)
  assembly.end()
  return OVER
}

async function endAfter(channel: Channel, assembly: Assembly, copied: Promise<void>): Promise<void> {
  try {
    await copied
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
}

async function inPieces(channel: Channel, assembly: Assembly, target: TypedArray, root: number): Promise<void> {
  const pieces = piecesOf(target, passedBytes(assembly))
  const last = pieces.pop() ?? target
  try {
    for (const piece of pieces) {
      const passed = pass(channel, assembly, piece, root)
      if (passed !== undefined) await passed
      copy(channel, assembly, piece, root)
    }
    await pass(channel, assembly, last, root)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  return finish(channel, assembly, last, root)
}

/** The root publishes a piece, and others wait for it. */
function pass(channel: Channel, assembly: Assembly, piece: TypedArray, root: number): Promise<unknown> | undefined {
  return channel.rank === root ? assembly.publish(piece) : assembly.record(root)
}

function copy(channel: Channel, assembly: Assembly, piece: TypedArray, root: number): void {
  if (channel.rank === root) return
  assembly.read(root, piece)
  assembly.take(root)
}

function finish(channel: Channel, assembly: Assembly, target: TypedArray, root: number): Promise<void> {
  try {
    copy(channel, assembly, target, root)
    const absence = channel.rank === root ? assembly.absence() : undefined
    if (absence !== undefined) throw absence
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return OVER
}
