/**
 * Scatter in shared memory: the root puts a table on the board, which says of each other rank what its block is, and behind
 * it the blocks, if they are small; every other rank copies its own. Larger blocks follow, for each rank alone, piece by
 * piece. Large ones each copies from the root's own memory, where the system allows that.
 *
 * For the ranks of one host. Up to 4 KiB 1 step, else 2; the root writes n·(1 − 1/p) bytes, and waits for nobody but for
 * room; each other rank copies n/p. Of large blocks the root writes nothing, but waits until all have theirs.
 */
import { MpiError } from '../../errors.ts'
import { ownedBody } from '../../wire/body.ts'
import { byteLengthOf, type TypedArray } from '../../wire/element-type.ts'
import { allocate } from '../../wire/payload.ts'
import { endOver, whenThere, type Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import { OVER } from '../over.ts'
import { lendsFrom, passedBytes, piecesOf } from '../pieces.ts'
import { bytesOf, ENTRY, entryOf, padded, placeOf, put, rankOf, typeOf } from '../scatter-table.ts'

/** Up to here table and blocks go in one piece, which is prepared where it lies. */
const WHOLE = 4095

/** True when the table fits on the board: on all ranks or none. */
export function hasTable({ size }: Channel, assembly: Assembly): boolean {
  return ENTRY * size <= assembly.pieceBytes
}

/** At the root: `blocks` of all others, with the codes of their types. Resolves when they may be changed. */
export function scatterShared(
  channel: Channel,
  assembly: Assembly,
  blocks: readonly TypedArray[],
  types?: readonly number[],
): Promise<void> {
  const turn = assembly.begin(channel)
  return turn === undefined
    ? begun(channel, assembly, blocks, types)
    : whenThere(turn, begun, channel, assembly, blocks, types)
}

function begun(
  channel: Channel,
  assembly: Assembly,
  blocks: readonly TypedArray[],
  types: readonly number[] | undefined,
): Promise<void> {
  const table = ENTRY * blocks.length
  let whole = table
  for (const block of blocks) whole += padded(byteLengthOf(block))
  const bytes = whole <= WHOLE ? whole : table
  let room: Promise<void> | undefined
  try {
    room = assembly.room(bytes)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  return room === undefined
    ? showTable(channel, assembly, blocks, types, bytes)
    : whenThere(room, showTable, channel, assembly, blocks, types, bytes)
}

/** Shows the table, and the blocks if there is more room than for that. */
function showTable(
  channel: Channel,
  assembly: Assembly,
  blocks: readonly TypedArray[],
  types: readonly number[] | undefined,
  bytes: number,
): Promise<void> {
  try {
    const draft = assembly.draft(channel.scratch.doubles(bytes / ENTRY))
    let at = 0
    for (const block of blocks) {
      draft[at] = entryOf(byteLengthOf(block), types?.[at] ?? 0)
      at++
    }
    const isWhole = at < draft.length || blocks.every((block) => block.length === 0)
    if (isWhole) for (const block of blocks) at = put(draft, at, block)
    void assembly.publish(draft)
    if (!isWhole) {
      if (blocks.some((block) => byteLengthOf(block) >= lendsFrom(channel.size)) && assembly.lends)
        return whenThere(lend(assembly, blocks), endOver, channel, assembly)
      // Who leaves later may have taken what was for it.
      return whenThere(showPieces(channel, assembly, blocks), endShowing, channel, assembly, assembly.absence())
    }
  } catch (error) {
    return assembly.fail(channel, error)
  }
  return endShowing(channel, assembly, assembly.absence())
}

async function lend(assembly: Assembly, blocks: readonly TypedArray[]): Promise<void> {
  await assembly.offer(blocks)
  await assembly.returned()
}

async function showPieces({ rank: root }: Channel, assembly: Assembly, blocks: readonly TypedArray[]): Promise<void> {
  const pieces = blocks.map((block) => piecesOf(block, passedBytes(assembly)))
  const steps = Math.max(...pieces.map(({ length }) => length))
  // In turns, so that all can copy at the same time.
  for (let step = 0; step < steps; step++)
    for (let place = 0; place < blocks.length; place++) {
      const piece = pieces[place]?.[step]
      const room = piece === undefined ? undefined : assembly.publish(piece, rankOf(place, root))
      if (room !== undefined) await room
    }
}

function endShowing(channel: Channel, assembly: Assembly, absence: Error | undefined): Promise<void> {
  return absence === undefined ? endOver(channel, assembly) : assembly.fail(channel, absence)
}

/** Fills the target with this rank's block. Rejects with `ERR_MISMATCH` when that has another length. */
export function receiveScattered(
  channel: Channel,
  assembly: Assembly,
  target: TypedArray,
  root: number,
): Promise<void> {
  const turn = assembly.begin(channel)
  return turn === undefined
    ? awaitTable(channel, assembly, target, root)
    : whenThere(turn, awaitTable, channel, assembly, target, root)
}

function awaitTable(channel: Channel, assembly: Assembly, target: TypedArray, root: number): Promise<void> {
  let there: Promise<unknown> | undefined
  try {
    there = assembly.record(root)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  return there === undefined
    ? receiveNow(channel, assembly, target, root)
    : whenThere(there, receiveNow, channel, assembly, target, root)
}

function receiveNow(channel: Channel, assembly: Assembly, target: TypedArray, root: number): Promise<void> {
  try {
    const entry = readTable(channel, assembly, root)
    if (entry.from === undefined || entry.bytes !== byteLengthOf(target))
      return receiveLong(channel, assembly, target, root, entry)
    assembly.readPart(root, entry.from, target)
    assembly.take(root)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return OVER
}

async function receiveLong(
  channel: Channel,
  assembly: Assembly,
  target: TypedArray,
  root: number,
  entry: Entry,
): Promise<void> {
  const { bytes } = entry
  const fits = bytes === byteLengthOf(target)
  try {
    await copyOwn(channel, assembly, fits ? target : undefined, root, entry)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  if (fits) return
  const text = `scatterInto: a block of ${bytes} bytes does not fit into one of ${byteLengthOf(target)}`
  throw new MpiError('ERR_MISMATCH', text, { operation: 'scatterInto', peer: root })
}

/** Resolves with this rank's value. */
export async function receiveScatteredValue(channel: Channel, assembly: Assembly, root: number): Promise<unknown> {
  const turn = assembly.begin(channel)
  if (turn !== undefined) await turn
  let value: unknown
  try {
    const there = assembly.record(root)
    if (there !== undefined) await there
    const entry = readTable(channel, assembly, root)
    const { memory } = allocate(entry.type, entry.bytes)
    const copied = copyOwn(channel, assembly, memory, root, entry)
    if (copied !== undefined) await copied
    value = channel.unpack(entry.type, ownedBody(memory), entry.bytes)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return value
}

interface Entry {
  readonly type: number
  readonly bytes: number
  /** From which byte of the piece on the block lies; undefined when it follows. */
  readonly from: number | undefined
}

/** What the root's piece, which is there, says of this rank's block. */
function readTable({ rank, size }: Channel, assembly: Assembly, root: number): Entry {
  const own = placeOf(rank, root)
  let [entry, from, end] = [0, 0, ENTRY * (size - 1)]
  for (let place = 0; place < size - 1; place++) {
    const next = assembly.double(root, place)
    if (place === own) [entry, from] = [next, end]
    end += padded(bytesOf(next))
  }
  return { type: typeOf(entry), bytes: bytesOf(entry), from: end === assembly.bytes(root) ? from : undefined }
}

/** Takes the table and what follows, and copies the own block to the target, which is as long, if there is one. */
function copyOwn(
  channel: Channel,
  assembly: Assembly,
  target: TypedArray | undefined,
  root: number,
  { from, bytes }: Entry,
): Promise<void> | undefined {
  if (from !== undefined && target !== undefined) assembly.readPart(root, from, target)
  assembly.take(root)
  return from === undefined ? copyBlock(channel, assembly, target, root, bytes) : undefined
}

async function copyBlock(
  { rank }: Channel,
  assembly: Assembly,
  target: TypedArray | undefined,
  root: number,
  bytes: number,
): Promise<void> {
  const there = assembly.record(root)
  if (there !== undefined) await there
  if (assembly.isLent(root)) {
    if (target === undefined) assembly.take(root)
    else await assembly.borrow(root, target, placeOf(rank, root))
    return
  }
  const most = passedBytes(assembly)
  for (let at = 0; at === 0 || at < bytes; at += most) {
    const next = assembly.record(root)
    if (next !== undefined) await next
    if (target !== undefined)
      assembly.read(root, new Uint8Array(target.buffer, target.byteOffset + at, Math.min(most, bytes - at)))
    assembly.take(root)
  }
}
