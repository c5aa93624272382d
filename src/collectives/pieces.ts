/** An array in pieces that fit a given room. */
import type { TypedArray } from '../wire/element-type.ts'
import { slice } from './array.ts'

/** Views of at most `bytes` bytes that cover the array, in order; one, which may be empty, when it is no larger. */
export function piecesOf<A extends TypedArray>(array: A, bytes: number): A[] {
  if (array.byteLength <= bytes) return [array]
  const length = Math.floor(bytes / array.BYTES_PER_ELEMENT)
  const count = Math.ceil(array.length / length)
  return Array.from({ length: count }, (_, i) => slice(array, i * length, Math.min(length, array.length - i * length)))
}
