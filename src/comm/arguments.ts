/** Checks of what callers pass: each throws before anything is sent, naming the argument, its value and what is legal. */
import type { Limits } from '../p2p/supervise.ts'
import { isTypedArray, type TypedArray } from '../wire/element-type.ts'
import { ANY_SOURCE, ANY_TAG, PROC_NULL, TAG_MAX } from '../wire/envelope.ts'

export function checkDestination(destination: number, size: number): void {
  if (Number.isInteger(destination) && ((destination >= 0 && destination < size) || destination === PROC_NULL)) return
  throw refuse('destination', destination, `a rank 0 … ${size - 1} or PROC_NULL`)
}

export function checkSource(source: number, size: number): void {
  if (Number.isInteger(source) && ((source >= 0 && source < size) || source === ANY_SOURCE || source === PROC_NULL))
    return
  throw refuse('source', source, `a rank 0 … ${size - 1}, ANY_SOURCE or PROC_NULL`)
}

export function checkRoot(root: number, size: number): void {
  if (Number.isInteger(root) && root >= 0 && root < size) return
  throw refuse('root', root, `a rank 0 … ${size - 1}`)
}

export function checkSendTag(tag: number, name = 'tag'): void {
  if (Number.isInteger(tag) && tag >= 0 && tag <= TAG_MAX) return
  throw refuse(name, tag, `an integer 0 … ${TAG_MAX}`)
}

export function checkReceiveTag(tag: number, name = 'tag'): void {
  if (Number.isInteger(tag) && ((tag >= 0 && tag <= TAG_MAX) || tag === ANY_TAG)) return
  throw refuse(name, tag, `an integer 0 … ${TAG_MAX} or ANY_TAG`)
}

export function checkTarget(target: unknown, name = 'target'): asserts target is TypedArray {
  if (!isTypedArray(target)) throw refuse(name, target, 'a typed array')
}

export function checkTimeout(timeout: number | undefined): void {
  if (timeout === undefined || (typeof timeout === 'number' && timeout >= 0 && timeout <= TAG_MAX)) return
  throw refuse('timeout', timeout, `milliseconds 0 … ${TAG_MAX}`)
}

export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || signal instanceof AbortSignal) return
  throw refuse('signal', signal, 'an AbortSignal')
}

/** A tag, or a signal, is easily passed where options are due. */
export function checkOptions(options: unknown): void {
  const isObject = typeof options === 'object' && options !== null
  if (isObject && !Array.isArray(options) && !(options instanceof AbortSignal)) return
  throw new TypeError(`options is ${show(options)}; legal: an object, as in { tag: 1, timeout: 1000 }`)
}

/** Checks and takes out what may end an operation early; undefined when nothing may. */
export function limitsOf(options: { signal?: AbortSignal; timeout?: number } | undefined): Limits | undefined {
  if (options === undefined) return undefined
  checkOptions(options)
  const { signal, timeout } = options
  checkTimeout(timeout)
  checkSignal(signal)
  return signal === undefined && timeout === undefined ? undefined : { signal, timeout }
}

/** A wrong number is a RangeError, a wrong kind of value a TypeError. */
function refuse(name: string, value: unknown, legal: string): Error {
  const message = `${name} is ${show(value)}; legal: ${legal}`
  return typeof value === 'number' ? new RangeError(message) : new TypeError(message)
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return String(value)
  const name = value.constructor?.name ?? 'object'
  return `${/^[AEIO]/i.test(name) ? 'an' : 'a'} ${name}`
}
