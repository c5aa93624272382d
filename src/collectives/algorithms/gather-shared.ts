/**
 * Gather in shared memory: every rank but the root puts its block on the board, for the root alone, piece by piece, and the
 * root copies the pieces. A large block it copies from its owner's memory, where the system allows that.
 *
 * For the ranks of one host. 1 step for blocks of one piece; all but the root write n/p bytes, and wait for nobody but for
 * room; the root copies n·(1 − 1/p). Of a large block its owner writes nothing, but waits until the root has it.
 *
 * Only its owner knows how long a block is. A piece of full length is followed by another one, which may be empty.
 */
import { MpiError } from '../../errors.ts'
import { byteLengthOf, type TypedArray } from '../../wire/element-type.ts'
import { comes, endGiving, endOver, whenThere, type Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import { OVER } from '../over.ts'
import { lendsFrom, piecesOf } from '../pieces.ts'

/** Gives the root this rank's block. Resolves when it may be changed. */
export function giveShared(channel: Channel, assembly: Assembly, block: TypedArray, root: number): Promise<void> {
  const turn = assembly.begin(channel)
  return turn === undefined
    ? giveBegun(channel, assembly, block, root)
    : whenThere(turn, giveBegun, channel, assembly, block, root)
}

/** The same in a call that has begun. Ends it. */
export function giveBegun(channel: Channel, assembly: Assembly, block: TypedArray, root: number): Promise<void> {
  const bytes = byteLengthOf(block)
  let room: Promise<void> | undefined
  try {
    if (bytes >= lendsFrom(channel.size) && assembly.lends)
      return whenThere(lend(assembly, block, root), endOver, channel, assembly)
    room = bytes < assembly.pieceBytes ? assembly.publish(block, root) : givePieces(assembly, block, root)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  return room === undefined ? endGiving(channel, assembly, root) : whenThere(room, endGiving, channel, assembly, root)
}

async function lend(assembly: Assembly, block: TypedArray, root: number): Promise<void> {
  await assembly.offer([block], root)
  await assembly.returned()
}

async function givePieces(assembly: Assembly, block: TypedArray, root: number): Promise<void> {
  const most = assembly.pieceBytes
  for (const piece of piecesOf(block, most)) {
    const room = assembly.publish(piece, root)
    if (room !== undefined) await room
  }
  if (byteLengthOf(block) % most === 0) await assembly.publish(undefined, root)
}

/**
 * At the root: fills the others' blocks with what they give. Rejects with `ERR_MISMATCH` when one gives more or less: then
 * that block may hold anything.
 */
export function collectShared(channel: Channel, assembly: Assembly, blocks: readonly TypedArray[]): Promise<void> {
  const turn = assembly.begin(channel)
  return turn === undefined
    ? collectBegun(channel, assembly, blocks)
    : whenThere(turn, collectBegun, channel, assembly, blocks)
}

function collectBegun(channel: Channel, assembly: Assembly, blocks: readonly TypedArray[]): Promise<void> {
  let met: Promise<void> | undefined
  try {
    met = assembly.records()
  } catch (error) {
    return assembly.fail(channel, error)
  }
  return met === undefined ? collectNow(channel, assembly, blocks) : collectAfter(met, channel, assembly, blocks)
}

async function collectAfter(
  met: Promise<void>,
  channel: Channel,
  assembly: Assembly,
  blocks: readonly TypedArray[],
): Promise<void> {
  const losses: unknown[] = []
  try {
    await comes(() => met, losses)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  if (losses.length === 0) return collectNow(channel, assembly, blocks)
  // Others may lend, and wait until that is taken.
  collectPieces(channel, assembly, blocks).catch(() => {})
  throw losses[0]
}

/** The same when each has published something. */
function collectNow(channel: Channel, assembly: Assembly, blocks: readonly TypedArray[]): Promise<void> {
  const { rank: own, size } = channel
  try {
    const most = assembly.pieceBytes
    for (let rank = 0; rank < size; rank++) {
      const bytes = rank === own ? 0 : assembly.bytes(rank)
      if (rank !== own && (bytes !== byteLengthOf(blocks[rank] as TypedArray) || bytes >= most))
        return collectPieces(channel, assembly, blocks)
    }
    for (let rank = 0; rank < size; rank++) if (rank !== own) assembly.read(rank, blocks[rank] as TypedArray)
    assembly.takeAll()
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return OVER
}

/** Where one has left, takes the blocks of the others before it rejects. */
async function collectPieces(channel: Channel, assembly: Assembly, blocks: readonly TypedArray[]): Promise<void> {
  const losses: unknown[] = []
  const misfits: string[] = []
  try {
    for (const [rank, block] of blocks.entries()) {
      if (rank === channel.rank) continue
      const due = byteLengthOf(block)
      await comes(async () => {
        const given = await copyGiven(assembly, rank, block)
        if (given !== due) misfits.push(`rank ${rank} gives ${given} bytes, its block has ${due}`)
      }, losses)
    }
    if (losses.length > 0) throw losses[0]
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  if (misfits.length > 0)
    throw new MpiError('ERR_MISMATCH', `gatherInto: ${misfits.join('; ')}`, { operation: 'gatherInto' })
}

/** Copies what a rank gives in this call, and takes it. Resolves with its length in bytes; of another one than the target's, the target may hold anything. */
export async function copyGiven(assembly: Assembly, rank: number, target: TypedArray): Promise<number> {
  const there = assembly.record(rank)
  if (there !== undefined) await there
  const bytes = byteLengthOf(target)
  const lent = assembly.lentBytes(rank)
  if (lent !== undefined) {
    if (lent === bytes) await assembly.borrow(rank, target)
    else assembly.take(rank)
    return lent
  }
  const whole = new Uint8Array(target.buffer, target.byteOffset, bytes)
  for (let at = 0; ;) {
    const next = assembly.record(rank)
    if (next !== undefined) await next
    const length = assembly.bytes(rank)
    if (at + length <= bytes) assembly.read(rank, whole.subarray(at, at + length))
    assembly.take(rank)
    at += length
    if (length < assembly.pieceBytes) return at
  }
}
