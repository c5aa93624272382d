/** What collectives are checked against: the same inputs on one machine, folded and dealt out in plain loops. */
import { allocateLike } from '../../src/collectives/array.ts'
import type { TypedArray } from '../../src/wire/element-type.ts'

export const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const

/** Lengths at which blocks are empty, single, uneven, even and large. */
export function lengthsFor(size: number): number[] {
  return [...new Set([0, 1, size - 1, size, 1000])]
}

/** Types of one, four and eight bytes, of all kinds of numbers. */
export const SOME_TYPES = [Float64Array, Int32Array, Uint8Array, BigInt64Array] as const

/** Array of rank `rank`: small whole numbers that differ by rank and place, so that sums are exact in every type. */
export function operand(type: (typeof SOME_TYPES)[number], length: number, rank: number): TypedArray {
  const array: TypedArray = new type(length)
  for (let i = 0; i < length; i++) {
    const number = (rank * 5 + i * 3) % 13
    array[i] = array instanceof BigInt64Array ? BigInt(number) : number
  }
  return array
}

/** Left fold in rank order. */
export function fold<T>(values: readonly T[], op: (a: T, b: T) => T): T {
  return values.reduce((a, b) => op(a, b))
}

/** Elementwise sum by plain arithmetic. */
export function sumOf(arrays: readonly TypedArray[]): TypedArray {
  const first = arrays[0] as TypedArray
  const sum = allocateLike(first, first.length)
  for (let i = 0; i < sum.length; i++)
    sum[i] = fold(
      arrays.map((array) => array[i] as number),
      (a, b) => a + b,
    )
  return sum
}

/** The balanced blocks of an array, or those of the given lengths. */
export function blocksOf<A extends TypedArray>(array: A, size: number, counts?: readonly number[]): A[] {
  let start = 0
  return Array.from({ length: size }, (_, rank) => {
    const count = counts?.[rank] ?? Math.floor(array.length / size) + (rank < array.length % size ? 1 : 0)
    start += count
    return array.slice(start - count, start) as A
  })
}

/** The numbers below `size`. */
export function ranks(size: number): number[] {
  return Array.from({ length: size }, (_, rank) => rank)
}
