/**
 * What the root of a scatter in shared memory says of the blocks of all other ranks, in their order, with the blocks themselves
 * behind it where they are small. All of it doubles: so several fit on a line of the board.
 */
import { MpiError } from '../errors.ts'
import { byteLengthOf, type TypedArray } from '../wire/element-type.ts'

/** An entry is the length of a block in bytes times this, plus the code of its type (see wire/payload). */
const TYPES = 32
/** Bytes of an entry. Every block that follows in the same piece begins at a multiple of it. */
export const ENTRY = 8
/** Up to here doubles are copied by a loop. */
const LOOP_DOUBLES = 8

export function padded(bytes: number): number {
  return Math.ceil(bytes / ENTRY) * ENTRY
}

export function entryOf(bytes: number, type: number): number {
  return bytes * TYPES + type
}

export function typeOf(entry: number): number {
  return entry % TYPES
}

/** Throws `ERR_PROTOCOL` when no rank can have meant what was read. */
export function bytesOf(entry: number): number {
  if (!Number.isSafeInteger(entry) || entry < 0) throw new MpiError('ERR_PROTOCOL', `an entry of ${entry} for a block`)
  return Math.floor(entry / TYPES)
}

/** The place of a rank's block among them. */
export function placeOf(rank: number, root: number): number {
  return rank < root ? rank : rank - 1
}

/** The rank of a block. */
export function rankOf(place: number, root: number): number {
  return place < root ? place : place + 1
}

/** Copies a block into doubles behind the table, from one of them on. Returns where the next one goes. */
export function put(draft: Float64Array, at: number, block: TypedArray): number {
  if (block instanceof Float64Array) {
    if (block.length > LOOP_DOUBLES) draft.set(block, at)
    else for (let i = 0; i < block.length; i++) draft[at + i] = block[i] as number
    return at + block.length
  }
  const bytes = byteLengthOf(block)
  new Uint8Array(draft.buffer, draft.byteOffset + ENTRY * at, bytes).set(
    new Uint8Array(block.buffer, block.byteOffset, bytes),
  )
  return at + padded(bytes) / ENTRY
}
