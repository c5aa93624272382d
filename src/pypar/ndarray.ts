/**
 * PyPar's arrays have any number of dimensions; JavaScript's have one. An `NDArray` is a typed array in row-major order
 * and its shape. It is a plain object, so it travels, prints and compares as one. Pure: nothing here knows messages.
 */
import { isTypedArray, TYPED_ARRAYS, type TypedArray } from '../wire/element-type.ts'
import { balance } from './balance.ts'

export interface NDArray<A extends TypedArray = TypedArray> {
  /** All elements, the last axis running fastest. */
  readonly data: A
  /** Length of each axis. */
  readonly shape: readonly number[]
}

/** What an array operation takes: one dimension as it is, more as an `NDArray`. */
export type AnyArray = TypedArray | NDArray

/** What scatter cuts and gather joins along axis 0. */
export type Sequence = AnyArray | string

/**
 * Gives a typed array a shape; the memory stays `data`'s own.
 * @example ndarray(Int32Array.of(1, 2, 3, 4, 5, 6), [2, 3])
 * @throws TypeError when `data` is not a typed array; RangeError when the shape's product is not its length
 */
export function ndarray<A extends TypedArray>(data: A, shape: readonly number[]): NDArray<A> {
  if (!isTypedArray(data)) throw new TypeError(`ndarray: data is ${describe(data)}, not a typed array`)
  if (!fits(shape, data.length))
    throw new RangeError(`ndarray: shape [${String(shape)}] does not hold ${data.length} elements`)
  return { data, shape: [...shape] }
}

export function isNDArray(value: unknown): value is NDArray {
  if (typeof value !== 'object' || value === null || !('data' in value) || !('shape' in value)) return false
  return isTypedArray(value.data) && Array.isArray(value.shape) && fits(value.shape, value.data.length)
}

export function isAnyArray(value: unknown): value is AnyArray {
  return isTypedArray(value) || isNDArray(value)
}

/** The elements of an array of any number of dimensions. */
export function elements(array: AnyArray): TypedArray {
  return isTypedArray(array) ? array : array.data
}

/** An array of the same number of dimensions and lengths with other elements. */
export function withElements(array: AnyArray, data: TypedArray): AnyArray {
  return isTypedArray(array) ? data : { data, shape: array.shape }
}

/** Cuts along axis 0 into balanced pieces, views where they can be; strings by code point. */
export function cut(whole: Sequence, pieces: number): Sequence[] {
  const characters = typeof whole === 'string' ? Array.from(whole) : []
  const rows =
    typeof whole === 'string' ? characters.length : isTypedArray(whole) ? whole.length : (whole.shape[0] ?? 0)
  return Array.from({ length: pieces }, (_, piece) => {
    const [low, high] = balance(rows, pieces, piece)
    if (typeof whole === 'string') return characters.slice(low, high).join('')
    if (isTypedArray(whole)) return whole.subarray(low, high)
    const row = whole.shape.slice(1).reduce((product, length) => product * length, 1)
    return { data: whole.data.subarray(low * row, high * row), shape: [high - low, ...whole.shape.slice(1)] }
  })
}

/** Joins along axis 0, in order; the lengths of axis 0 may differ, all else must agree. */
export function join(pieces: readonly Sequence[]): Sequence {
  const [first] = pieces
  if (first === undefined || typeof first === 'string') {
    const text = pieces.map((piece, rank) => {
      if (typeof piece !== 'string') throw mismatch(first, rank, piece)
      return piece
    })
    return text.join('')
  }
  const arrays = pieces.map((piece, rank) => {
    if (typeof piece === 'string' || kind(piece) !== kind(first)) throw mismatch(first, rank, piece)
    return piece
  })
  const length = arrays.reduce((sum, array) => sum + elements(array).length, 0)
  const data = allocate(elementType(elements(first)), length)
  let offset = 0
  for (const array of arrays) {
    copy(elements(array), data, offset)
    offset += elements(array).length
  }
  if (isTypedArray(first)) return data
  const rows = arrays.reduce((sum, array) => sum + (isTypedArray(array) ? 0 : (array.shape[0] ?? 0)), 0)
  return { data, shape: [rows, ...first.shape.slice(1)] }
}

/**
 * Copies an array that has arrived into memory of the caller's and returns that; what `buffer` has beyond it is untouched.
 * @throws TypeError when the element types differ; RangeError when `buffer` is too short
 */
export function fill<B extends AnyArray>(buffer: B, value: unknown, operation: string): B {
  const problem = `${operation}: the buffer is ${describe(buffer)} but ${describe(value)} arrived`
  if (!isAnyArray(value) || elementType(elements(value)) !== elementType(elements(buffer))) throw new TypeError(problem)
  if (elements(value).length > elements(buffer).length) throw new RangeError(problem)
  copy(elements(value), elements(buffer), 0)
  return buffer
}

/** `Float64Array(12)`, `Float64Array(3×4)`, `a string`: what a message about a wrong value calls it. */
export function describe(value: unknown): string {
  if (isTypedArray(value)) return `${value.constructor.name}(${value.length})`
  if (isNDArray(value)) return `${value.data.constructor.name}(${value.shape.join('×')})`
  if (value === null || value === undefined) return String(value)
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
}

function fits(shape: readonly unknown[], length: number): boolean {
  const axes = shape.filter((axis): axis is number => Number.isSafeInteger(axis) && (axis as number) >= 0)
  return axes.length === shape.length && axes.reduce((product, axis) => product * axis, 1) === length
}

/** A Buffer's elements are a Uint8Array's. */
function elementType(array: TypedArray): string {
  return array[Symbol.toStringTag]
}

function allocate(type: string, length: number): TypedArray {
  const Type = TYPED_ARRAYS.find(({ name }) => name === type)
  if (Type === undefined) throw new TypeError(`no typed array is called ${type}`)
  return new Type(length)
}

/** Everything that pieces of one array have in common. */
function kind(array: AnyArray): string {
  const type = elementType(elements(array))
  return isTypedArray(array) ? type : `${type} × ${array.shape.slice(1).join('×')}`
}

/** Both have the same element type, which the type system cannot know. */
function copy(from: TypedArray, to: TypedArray, offset: number): void {
  const target = to as Float64Array
  target.set(from as Float64Array, offset)
}

function mismatch(first: unknown, rank: number, piece: unknown): TypeError {
  return new TypeError(
    `gather: rank 0 gave ${describe(first)} but rank ${rank} ${describe(piece)}; only axis 0 may differ in length`,
  )
}
