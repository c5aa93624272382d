/**
 * Allgather in shared memory: every rank puts its block on the board piece by piece, and copies those of all others from
 * there. A large one each copies from its owner's memory, where the system allows that.
 *
 * For the ranks of one host. As many steps as the longest block has pieces; each rank writes n/p bytes, whatever the number
 * of ranks, and copies n·(1 − 1/p). Of a large block it writes nothing, but waits until all have it.
 */
import type { Packed } from '../../wire/codec.ts'
import { byteLengthOf, type TypedArray } from '../../wire/element-type.ts'
import { ownedBody } from '../../wire/body.ts'
import { allocate } from '../../wire/payload.ts'
import { comes, whenThere, type Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import { OVER } from '../over.ts'
import { passedBytes, piecesOf } from '../pieces.ts'

/** From here on a rank lends its block. */
const LENT = 256 * 1024

/** `blocks[rank]` is this rank's; the others' are filled. All ranks know the length of each. */
export function allgatherShared(channel: Channel, assembly: Assembly, blocks: readonly TypedArray[]): Promise<void> {
  const turn = assembly.begin(channel)
  if (turn !== undefined) return whenThere(turn, begun, channel, assembly, blocks)
  const isSmall = blocks.every((block) => byteLengthOf(block) <= Math.min(passedBytes(assembly), LENT - 1))
  if (!isSmall) return begun(channel, assembly, blocks)
  const met = assembly.exchange(blocks[channel.rank])
  if (met === undefined) return finish(channel, assembly, blocks)
  return whenThere(met, finish, channel, assembly, blocks)
}

/** The same in small blocks that are all there. */
function finish(channel: Channel, assembly: Assembly, blocks: readonly TypedArray[]): Promise<void> {
  try {
    for (let rank = 0; rank < blocks.length; rank++)
      if (rank !== channel.rank) assembly.read(rank, blocks[rank] as TypedArray)
    assembly.takeAll()
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return OVER
}

/** The same in a call that has begun, of blocks of any length. */
async function begun(channel: Channel, assembly: Assembly, blocks: readonly TypedArray[]): Promise<void> {
  try {
    const left = await show(assembly, blocks[channel.rank])
    await collect(channel, assembly, blocks, left, [])
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
}

/** Lends all others the own block, or publishes its first piece. Resolves with the pieces that are left. */
async function show(assembly: Assembly, block: TypedArray | undefined): Promise<TypedArray[]> {
  if (block === undefined) return []
  if (byteLengthOf(block) >= LENT && assembly.lends) {
    await assembly.offer([block])
    return []
  }
  const [first, ...left] = piecesOf(block, passedBytes(assembly))
  const room = assembly.publish(first)
  if (room !== undefined) await room
  return left
}

/**
 * Copies the blocks of all others, while it shows them what is left of the own one. Who has none has no block. Where one will
 * never come, takes those of the others, who wait until all have theirs, before it rejects.
 */
async function collect(
  { rank: own, size }: Channel,
  assembly: Assembly,
  blocks: readonly (TypedArray | undefined)[],
  left: readonly TypedArray[],
  losses: unknown[],
): Promise<void> {
  const pieces = blocks.map((block, rank) =>
    block === undefined || rank === own ? [] : piecesOf(block, passedBytes(assembly)),
  )
  const steps = Math.max(left.length + 1, ...pieces.map(({ length }) => length))
  for (let step = 0; step < steps; step++) {
    const piece = step === 0 ? undefined : left[step - 1]
    const room = piece === undefined ? undefined : assembly.publish(piece)
    if (room !== undefined) await room
    for (let distance = 1; distance < size; distance++) {
      const rank = (own + distance) % size
      const target = pieces[rank]?.[step]
      if (target === undefined) continue
      const there = assembly.record(rank)
      if (there !== undefined && !(await comes(() => there, losses))) pieces[rank] = []
      else if (step === 0 && assembly.isLent(rank)) {
        await comes(() => assembly.borrow(rank, blocks[rank] ?? target), losses)
        pieces[rank] = []
      } else {
        assembly.read(rank, target)
        assembly.take(rank)
      }
    }
  }
  await assembly.returned()
  if (losses.length > 0) throw losses[0]
}

/**
 * The same with values of any type and length: resolves with those of all ranks. Each shows a head, which says what comes
 * and holds all of a short value; a longer one follows as a block.
 */
export async function allgatherValuesShared(channel: Channel, assembly: Assembly, packed: Packed): Promise<unknown[]> {
  const { rank: own, size, scratch } = channel
  const turn = assembly.begin(channel)
  if (turn !== undefined) await turn
  try {
    const { ownHead, otherHead } = scratch
    ownHead.describe(packed.type, packed.bytes)
    const room = assembly.publish(ownHead.record)
    if (room !== undefined) await room
    const left = await show(assembly, ownHead.body === undefined ? packed.bytes : undefined)
    const met = assembly.records()
    if (met !== undefined) await comes(() => met, [])
    const values: unknown[] = Array.from({ length: size })
    const types: number[] = []
    const blocks: (Uint8Array | undefined)[] = Array.from({ length: size })
    const losses: unknown[] = []
    for (let rank = 0; rank < size; rank++) {
      if (rank === own) continue
      const there = assembly.record(rank)
      if (there !== undefined && !(await comes(() => there, losses))) continue
      assembly.read(rank, otherHead.record)
      assembly.take(rank)
      const { type, bytes, body } = otherHead
      if (body !== undefined) values[rank] = channel.unpack(type, body, bytes)
      else blocks[rank] = allocate((types[rank] = type), bytes).memory
    }
    await collect(channel, assembly, blocks, left, losses)
    for (const [rank, bytes] of blocks.entries())
      if (bytes !== undefined) values[rank] = channel.unpack(types[rank] as number, ownedBody(bytes), bytes.length)
    values[own] = packed.value
    assembly.end()
    return values
  } catch (error) {
    return assembly.fail(channel, error)
  }
}
