/** Which of the language's own classes an object belongs to, in this realm or another. */
import { types } from 'node:util'
import { isTypedArray, TYPED_ARRAYS } from './element-type.ts'

/** `null` for an object without prototype, undefined for what is no value: an instance of a class, a Promise, …. */
export function builtinName(value: object): string | undefined {
  const prototype: object | null = Object.getPrototypeOf(value)
  const isTagged = Object.prototype.toString.call(value) !== '[object Object]'
  if (prototype === null) return isTagged ? undefined : 'null'
  if (value instanceof Error || types.isNativeError(value)) return 'Error'
  if (prototype === Buffer.prototype) return 'Buffer'
  // Another realm's Array or Map is as good as this one's: so by name, if the engine made it.
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  if (typeof constructor !== 'function' || constructor.prototype !== prototype) return undefined
  if (!Function.prototype.toString.call(constructor).endsWith('{ [native code] }')) return undefined
  switch (constructor.name) {
    case 'Object':
      return isTagged ? undefined : 'Object'
    case 'Array':
      return Array.isArray(value) ? 'Array' : undefined
    case 'Map':
      return types.isMap(value) ? 'Map' : undefined
    case 'Set':
      return types.isSet(value) ? 'Set' : undefined
    case 'Date':
      return types.isDate(value) ? 'Date' : undefined
    case 'RegExp':
      return types.isRegExp(value) ? 'RegExp' : undefined
    case 'ArrayBuffer':
      return types.isArrayBuffer(value) ? 'ArrayBuffer' : undefined
    default:
      return ArrayBuffer.isView(value) ? constructor.name : undefined
  }
}

/** For the text of a refusal. */
export function describeClass(value: object): string {
  const prototype: { constructor?: { name?: unknown } } | null = Object.getPrototypeOf(value)
  const name = prototype?.constructor?.name
  if (typeof name !== 'string' || name === '' || name === 'Object')
    return `an object of the kind ${Object.prototype.toString.call(value)} or with a prototype of its own`
  return `an instance of ${name}`
}

/** The same bytes, as MessagePack knows them: by this realm's classes. */
export function bytesOfThisRealm(view: ArrayBufferView | ArrayBuffer): ArrayBufferView | ArrayBuffer {
  if (!ArrayBuffer.isView(view)) return view instanceof ArrayBuffer ? view : new Uint8Array(view).slice().buffer
  if (!isTypedArray(view)) return new DataView(view.buffer, view.byteOffset, view.byteLength)
  if (Buffer.isBuffer(view)) return view
  const name = view[Symbol.toStringTag]
  const type = TYPED_ARRAYS.find((local) => local.name === name)
  if (type === undefined || view instanceof type) return view
  return new type(view.buffer, view.byteOffset, view.length)
}
