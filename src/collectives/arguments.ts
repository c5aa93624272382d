/**
 * What callers may pass to a collective. Each check throws a RangeError or TypeError that names the argument, its value
 * and what is legal, before anything is sent.
 */
import { isTypedArray } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { arrayName, sameType, withArticle } from './array.ts'
import { balanced, partitionOf } from './partition.ts'
import type { Partition } from './partition.ts'

export function checkRoot(root: unknown, size: number): void {
  if (typeof root !== 'number')
    throw new TypeError(`root ${show(root)} is a ${typeof root}; it must be a rank, 0 … ${size - 1}`)
  if (!Number.isInteger(root) || root < 0 || root >= size)
    throw new RangeError(`root ${root} is out of range: legal are the ranks 0 … ${size - 1}`)
}

export function checkOp(op: unknown): void {
  if (typeof op !== 'function')
    throw new TypeError(`op is ${show(op)}; it must be an operator such as Op.sum or a function (a, b) => c`)
}

/** A list with one value for each rank. */
export function checkList(values: unknown, size: number, operation: string): asserts values is readonly unknown[] {
  if (!Array.isArray(values))
    throw new TypeError(`${operation}: values is ${withArticle(values)}; it must be an array with one value per rank`)
  if (values.length !== size)
    throw new RangeError(`${operation}: ${values.length} values for ${size} ranks; there must be one for each rank`)
}

export function checkArray(name: string, value: unknown): asserts value is TypedArray {
  if (!isTypedArray(value)) throw new TypeError(`${name} is ${withArticle(value)}; it must be a typed array`)
}

export function checkSameType(name: string, array: TypedArray, otherName: string, other: TypedArray): void {
  if (!sameType(array, other))
    throw new TypeError(
      `${name} is of type ${arrayName(array)}, ${otherName} of type ${arrayName(other)}; they must be of one type`,
    )
}

export function checkLength(name: string, array: TypedArray, length: number, why: string): void {
  if (array.length !== length)
    throw new RangeError(`${name} has ${array.length} elements; it must have ${length}, ${why}`)
}

/** Counts of elements, however many. */
export function checkCountsList(counts: unknown): asserts counts is readonly number[] {
  if (!Array.isArray(counts)) throw new TypeError(`counts is ${withArticle(counts)}; it must be an array of integers`)
  const wrong = counts.findIndex((count) => !Number.isSafeInteger(count) || count < 0)
  if (wrong >= 0)
    throw new RangeError(`counts[${wrong}] is ${show(counts[wrong])}; it must be a whole number from 0 on`)
}

/** Counts of elements, one for each rank. */
export function checkCounts(counts: unknown, size: number): asserts counts is readonly number[] {
  checkCountsList(counts)
  if (counts.length !== size)
    throw new RangeError(`${counts.length} counts for ${size} ranks; there must be one for each rank`)
}

/**
 * The blocks of an array of `length` elements: `counts` as given, or balanced.
 * `fit`: whether counts must use up the array or may leave elements at its end untouched.
 */
export function checkPartition(
  counts: readonly number[] | undefined,
  size: number,
  length: number,
  fit: 'all' | 'part',
): Partition {
  if (counts === undefined) return balanced(length, size)
  checkCounts(counts, size)
  const partition = partitionOf(counts)
  if (partition.length > length || (fit === 'all' && partition.length < length))
    throw new RangeError(
      `counts add up to ${partition.length}, the array has ${length} elements; they must ${fit === 'all' ? 'be equal' : 'fit in'}`,
    )
  return partition
}

function show(value: unknown): string {
  if (typeof value === 'object' || typeof value === 'function') return withArticle(value)
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
