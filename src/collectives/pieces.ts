/** An array in pieces that fit a given room. */
import type { TypedArray } from '../wire/element-type.ts'
import { slice } from './array.ts'

const PASSED = 64 * 1024
const LENT = 256 * 1024
/** There is a core for each. */
const LENT_BY_TWO = 4 * 1024 * 1024

/** What a rank passes on as it is goes in pieces of at most this length: the others copy one while it writes the next. */
export function passedBytes({ pieceBytes }: { readonly pieceBytes: number }): number {
  return Math.min(PASSED, pieceBytes)
}

/** From this length on a block for one rank is lent: one copy then takes less time than two at once, of which each side makes one. */
export function lendsFrom(ranks: number): number {
  return ranks === 2 ? LENT_BY_TWO : LENT
}

/** Views of at most `bytes` bytes that cover the array, in order; one, which may be empty, when it is no larger. */
export function piecesOf<A extends TypedArray>(array: A, bytes: number): A[] {
  if (array.byteLength <= bytes) return [array]
  const length = Math.floor(bytes / array.BYTES_PER_ELEMENT)
  const count = Math.ceil(array.length / length)
  return Array.from({ length: count }, (_, i) => slice(array, i * length, Math.min(length, array.length - i * length)))
}
