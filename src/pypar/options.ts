/** The keyword arguments of PyPar's calls, and the checks of those that zmpi does not check itself. */
import { describe, isAnyArray, type AnyArray } from './ndarray.ts'

/** PyPar's choice of protocol: accepted, without effect. */
export interface ProtocolOptions {
  vanilla?: boolean
  bypass?: boolean
}

export interface SendOptions extends ProtocolOptions {
  /** 0 … 2^31−1. @default 1 */
  tag?: number
  /** Accepted, without effect: the receiver may use a buffer or not, whatever the sender says. */
  useBuffer?: boolean
}

export interface ReceiveOptions extends ProtocolOptions {
  /** `anyTag` takes any. @default 1 */
  tag?: number
}

export interface RootOptions extends ProtocolOptions {
  /** @default 0 */
  root?: number
}

export function rootOf(options: number | RootOptions): number {
  return typeof options === 'number' ? options : (options.root ?? 0)
}

export function bufferOf(operation: string, options: number | { buffer?: AnyArray }): AnyArray | undefined {
  const buffer = typeof options === 'number' ? undefined : options.buffer
  if (buffer !== undefined) requireArray(operation, 'buffer', buffer)
  return buffer
}

export function requireArray(operation: string, name: string, value: unknown): void {
  if (!isAnyArray(value))
    throw new TypeError(`${operation}: ${name} is ${describe(value)}, not a typed array or an NDArray`)
}

export function requireSequence(operation: string, x: unknown): void {
  if (typeof x !== 'string' && !isAnyArray(x))
    throw new TypeError(
      `${operation}: x is ${describe(x)}, not an array or a string; world.${operation} takes any values`,
    )
}
