/**
 * The types of payloads: their codes on the wire, and the raw path, on which typed arrays, Buffers, ArrayBuffers and
 * DataViews travel as their own bytes in the machine's (little-endian) order. How an `object` is written is the codec's
 * business; here it only has codes.
 */
import { MpiError } from '../errors.ts'
import type { Body } from './body.ts'
import { TYPED_ARRAYS, type TypedArray, type TypedArrayName } from './element-type.ts'

/** The types that travel raw, by name; everything else is `object`. */
export type TypeName = 'object' | TypedArrayName | 'Buffer' | 'ArrayBuffer' | 'DataView'

/** A value that travels as its own bytes. */
export type RawValue = TypedArray | ArrayBuffer | DataView

/** Codes of the types that are not typed arrays; those have 1 … 11, in the order of `TYPED_ARRAYS`. */
export const Code = Object.freeze({
  Buffer: 12,
  ArrayBuffer: 13,
  DataView: 14,
  /** In the form of wire/tree. */
  tree: 15,
  /** A table of nodes (wire/graph) in MessagePack: shared references, cycles and all that MessagePack would change. */
  graph: 16,
  /** One number, as a double. */
  number: 17,
  /** A tree whose large blocks lie outside it, in the form of wire/parts. */
  parts: 18,
} as const)

const LAST_RAW = Code.DataView
const FLOAT64 = 1 + TYPED_ARRAYS.indexOf(Float64Array)
const INT8 = 1 + TYPED_ARRAYS.indexOf(Int8Array)
const CLAMPED = 1 + TYPED_ARRAYS.indexOf(Uint8ClampedArray)
/** Up to here a loop is quicker than a call to copy memory. */
const SMALL_BYTES = 64
/** The same for doubles in doubles, which need no view of the target's bytes. */
const LOOP_BYTES = 256

/** By code; what is missing is an object. */
const NAMES: readonly (TypeName | undefined)[] = [
  undefined,
  ...TYPED_ARRAYS.map((type) => type.name as TypedArrayName),
  'Buffer',
  'ArrayBuffer',
  'DataView',
]

/** By code; what is missing counts in bytes. */
const ELEMENT_BYTES: readonly (number | undefined)[] = [
  undefined,
  ...TYPED_ARRAYS.map((type) => type.BYTES_PER_ELEMENT),
]

/** By prototype, so that an instance of a subclass is none of them. */
const CODES: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  ...TYPED_ARRAYS.map((type, index): [unknown, number] => [type.prototype, index + 1]),
  [Buffer.prototype, Code.Buffer],
  [ArrayBuffer.prototype, Code.ArrayBuffer],
  [DataView.prototype, Code.DataView],
])

/** The code of a value that travels raw; undefined for any other, also for instances of subclasses. */
export function rawCodeOf(value: object): number | undefined {
  // The most frequent of them without asking for the prototype, which takes long. A subclass has its own constructor.
  if (value instanceof Float64Array && value.constructor === Float64Array) return FLOAT64
  return CODES.get(Object.getPrototypeOf(value))
}

/** True for the codes of typed arrays, Buffer, ArrayBuffer and DataView. */
export function isRaw(code: number): boolean {
  return code > 0 && code <= LAST_RAW
}

export function typeNameOf(code: number): TypeName {
  return NAMES[code] ?? 'object'
}

/** Elements in `bytes` bytes of this type (of Buffer, ArrayBuffer and DataView: bytes); 1 for objects. */
export function countOf(code: number, bytes: number): number {
  return isRaw(code) ? bytes / elementBytes(code) : 1
}

/**
 * A fresh value of a raw type from the first `length` bytes of a body, bit for bit. Owned memory that holds nothing else
 * becomes the value without a copy. Throws `ERR_PROTOCOL` when the length is no whole number of elements.
 */
export function take(code: number, body: Body, length: number): RawValue {
  const { bytes, offset } = body
  const doubles = body.memory?.doubles
  if (length <= SMALL_BYTES) {
    if (code === FLOAT64 && doubles !== undefined && (offset & 7) === 0 && (length & 7) === 0) {
      const value = new Float64Array(length >>> 3)
      let at = offset / 8
      for (let i = 0; i < value.length; i++) {
        const element = doubles[at++] as number
        // The language may change a NaN's bits on the way through a number.
        if (element !== element) return copied(code, bytes, offset, length)
        value[i] = element
      }
      return value
    }
    if (code >= INT8 && code <= CLAMPED) {
      const value = new (typedArray(code))(length) as Uint8Array
      for (let i = 0; i < length; i++) value[i] = bytes[offset + i] as number
      return value
    }
  } else if (
    body.owned &&
    offset === 0 &&
    bytes.byteOffset === 0 &&
    bytes.buffer.byteLength === length &&
    bytes.buffer instanceof ArrayBuffer
  ) {
    return over(code, bytes.buffer, length)
  } else if (code === FLOAT64 && doubles !== undefined && ((offset | length) & 7) === 0) {
    return doubles.slice(offset / 8, (offset + length) / 8)
  }
  return copied(code, bytes, offset, length)
}

/** Copies the first `length` bytes of a body, of a type that is the target's, to its front. They fit. */
export function fill(code: number, body: Body, length: number, target: TypedArray): void {
  const { bytes, offset } = body
  const doubles = body.memory?.doubles
  if (code === FLOAT64 && doubles !== undefined && ((offset | length) & 7) === 0 && target instanceof Float64Array) {
    const at = offset / 8
    const count = length / 8
    if (length > LOOP_BYTES) {
      target.set(doubles.subarray(at, at + count))
      return
    }
    if (copyDoubles(doubles, at, count, target)) return
  }
  // There may be no memory any more: what the target was may have been transferred to a thread.
  if (length > 0) new Uint8Array(target.buffer, target.byteOffset, length).set(bytes.subarray(offset, offset + length))
}

/** False when there was a NaN among them: the language may change its bits on the way through a number. */
function copyDoubles(source: Float64Array, at: number, count: number, target: Float64Array): boolean {
  let isExact = true
  for (let i = 0; i < count; i++) {
    const element = source[at + i] as number
    if (element !== element) isExact = false
    target[i] = element
  }
  return isExact
}

/**
 * Fresh memory for a value of `bytes` bytes that arrives in pieces. Of a raw type `value` is already what will be
 * received; of an object `value` is undefined and the codec decodes the full memory. Throws `ERR_PROTOCOL` when the
 * length is no whole number of elements or more than this process can allocate.
 */
export function allocate(code: number, bytes: number): { value: RawValue | undefined; memory: Uint8Array } {
  let buffer: ArrayBuffer
  try {
    // Every byte of it will be written before anybody sees it.
    buffer = bytes <= SMALL_BYTES ? new ArrayBuffer(bytes) : Buffer.allocUnsafeSlow(bytes).buffer
  } catch (cause) {
    throw new MpiError('ERR_PROTOCOL', `no memory for a message of ${bytes} bytes`, { cause })
  }
  return { value: isRaw(code) ? over(code, buffer, bytes) : undefined, memory: new Uint8Array(buffer) }
}

function copied(code: number, bytes: Uint8Array, offset: number, length: number): RawValue {
  const at = bytes.byteOffset + offset
  if (code < Code.Buffer && at % elementBytes(code) === 0) {
    const view = new (typedArray(code))(bytes.buffer, at, wholeElements(code, length))
    return view.slice()
  }
  const buffer = new ArrayBuffer(length)
  new Uint8Array(buffer).set(bytes.subarray(offset, offset + length))
  return over(code, buffer, length)
}

/** A value of a raw type that is all of `buffer`. Throws `ERR_PROTOCOL` when that is no whole number of elements. */
export function over(code: number, buffer: ArrayBuffer, bytes: number): RawValue {
  if (code === Code.Buffer) return Buffer.from(buffer)
  if (code === Code.ArrayBuffer) return buffer
  if (code === Code.DataView) return new DataView(buffer)
  return new (typedArray(code))(buffer, 0, wholeElements(code, bytes))
}

function wholeElements(code: number, bytes: number): number {
  const count = bytes / elementBytes(code)
  if (!Number.isInteger(count))
    throw new MpiError('ERR_PROTOCOL', `${bytes} bytes are no whole number of elements of a ${typeNameOf(code)}`)
  return count
}

function elementBytes(code: number): number {
  return ELEMENT_BYTES[code] ?? 1
}

function typedArray(code: number): (typeof TYPED_ARRAYS)[number] {
  const type = TYPED_ARRAYS[code - 1]
  if (type === undefined) throw new Error(`bug: ${code} is not the code of a typed array`)
  return type
}
