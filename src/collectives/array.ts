/** Typed arrays as memory: new ones of the same type, copies, and which of them share bytes. A Buffer stays a Buffer. */
import { isTypedArray, TYPED_ARRAYS } from '../wire/element-type.ts'
import type { TypedArray, TypedArrayName } from '../wire/element-type.ts'

const BY_NAME: ReadonlyMap<string, (typeof TYPED_ARRAYS)[number]> = new Map(
  TYPED_ARRAYS.map((type) => [type.name, type]),
)

export type ArrayName = TypedArrayName | 'Buffer'

/** The name under which an array's type is told to users. */
export function arrayName(array: TypedArray): ArrayName {
  return Buffer.isBuffer(array) ? 'Buffer' : array[Symbol.toStringTag]
}

/** A zeroed array of the same type. */
export function allocateLike<A extends TypedArray>(array: A, length: number): A {
  // Buffer.alloc's result is a Buffer; the constructor by name, not `array.constructor`, as that may be a subclass.
  if (Buffer.isBuffer(array)) return Buffer.alloc(length) as TypedArray as A
  const name = array[Symbol.toStringTag]
  const type = BY_NAME.get(name)
  if (type === undefined) throw new Error(`bug: ${name} is not a typed array`)
  return new type(length) as A
}

/** The same elements in memory of their own. */
export function copyOf<A extends TypedArray>(array: A): A {
  const copy = allocateLike(array, array.length)
  assign(copy, array)
  return copy
}

/** `target[i] = source[i]` for two arrays of one type. */
export function assign(target: TypedArray, source: TypedArray): void {
  ;(target as Float64Array).set(source as Float64Array)
}

/** The elements of `source` in `target`, which may be `source` itself, or in memory of their own. */
export function workingCopy<A extends TypedArray>(source: A, target: A | undefined): A {
  const work = target ?? allocateLike(source, source.length)
  if (work !== source) assign(work, source)
  return work
}

/** The elements of both, one after the other. */
export function concatenate<A extends TypedArray>(first: A, second: A): A {
  const joined = allocateLike(first, first.length + second.length)
  assign(joined, first)
  assign(joined.subarray(first.length), second)
  return joined
}

/** A view of `length` elements from `start` on. */
export function slice<A extends TypedArray>(array: A, start: number, length: number): A {
  return array.subarray(start, start + length) as A
}

/** True when a write to one array can change the other. */
export function overlaps(a: TypedArray, b: TypedArray): boolean {
  return (
    a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
  )
}

/** True for arrays of the same type (a Buffer counts as Uint8Array). */
export function sameType(a: TypedArray, b: TypedArray): boolean {
  return a[Symbol.toStringTag] === b[Symbol.toStringTag]
}

/** What a value is, for messages: `Float64Array of length 3`, `array of length 2`, `number`. */
export function describeValue(value: unknown): string {
  if (isTypedArray(value)) return `${arrayName(value)} of length ${value.length}`
  if (Array.isArray(value)) return `array of length ${value.length}`
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  const name = (value.constructor as { name?: string } | undefined)?.name
  return name === undefined || name === 'Object' ? 'object' : name
}

/** The same in a sentence: `a Float64Array of length 3`, `an object`, `null`. */
export function withArticle(value: unknown): string {
  const text = describeValue(value)
  if (value === null || value === undefined) return text
  return `${/^[aeio]/i.test(text) ? 'an' : 'a'} ${text}`
}
