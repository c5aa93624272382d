/** The typed arrays of the language and their codes on the wire. */

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array

export type TypedArrayName =
  | 'Int8Array'
  | 'Uint8Array'
  | 'Uint8ClampedArray'
  | 'Int16Array'
  | 'Uint16Array'
  | 'Int32Array'
  | 'Uint32Array'
  | 'Float32Array'
  | 'Float64Array'
  | 'BigInt64Array'
  | 'BigUint64Array'

type TypedArrayConstructor = {
  new (length: number): TypedArray
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray
  readonly BYTES_PER_ELEMENT: number
  readonly name: string
}

/** In the order of their codes, which are part of the protocol: the first has code 1. */
export const TYPED_ARRAYS: readonly TypedArrayConstructor[] = Object.freeze([
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
])

/** True for the eleven typed arrays (a Buffer is a Uint8Array too), not for DataView. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
}

/**
 * Its `byteLength`. That one calls a function each time, which takes longer than all the rest that is done with a small
 * array; `length` does not.
 */
export function byteLengthOf(view: ArrayBufferView): number {
  if (view instanceof Float64Array) return view.length * Float64Array.BYTES_PER_ELEMENT
  return view instanceof Uint8Array ? view.length : view.byteLength
}
