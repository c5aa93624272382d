/**
 * What the root of a scatter in shared memory says of the blocks of all other ranks, in their order. An entry is a double: so
 * many fit on a line of the board.
 */
import { MpiError } from '../errors.ts'

/** An entry is the length of a block in bytes times this, plus the code of its type (see wire/payload). */
const TYPES = 32
/** Bytes of an entry. Every block that follows in the same piece begins at a multiple of it. */
export const ENTRY = 8

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
