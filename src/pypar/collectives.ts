/** PyPar's collectives: every rank calls them, in the same order. */
import { Op, world } from '../index.ts'
import {
  cut,
  describe,
  elements,
  fill,
  isAnyArray,
  join,
  withElements,
  type AnyArray,
  type Sequence,
} from './ndarray.ts'
import { bufferOf, requireSequence, rootOf, type RootOptions } from './options.ts'

// The reduction operators: elementwise on arrays. The logical ones give 1 and 0 there.
export const MAX = Op.max
export const MIN = Op.min
export const SUM = Op.sum
export const PROD = Op.prod
export const LAND = Op.land
export const BAND = Op.band
export const LOR = Op.lor
export const BOR = Op.bor
export const LXOR = Op.lxor
export const BXOR = Op.bxor
/** Any of the ten. */
export type Operator = typeof SUM | typeof LAND | typeof BAND

/**
 * Root's `x` on every rank, which all call it. An array that another rank passes is filled in place and returned, so it
 * must be of the same type and length; anything else (`undefined`, say) is ignored and root's value returned.
 * @param options root, or `{ root }`
 */
export async function broadcast<T>(x: T | undefined, options: number | RootOptions = {}): Promise<T> {
  const root = rootOf(options)
  const value = await world.broadcast(world.rank === root ? x : undefined, root)
  if (world.rank === root) return x as T
  if (!isAnyArray(x)) return value
  if (!isAnyArray(value) || elements(value).length !== elements(x).length)
    throw new RangeError(`broadcast: ${describe(value)} from root ${root} does not fill this rank's ${describe(x)}`)
  return fill(x, value, 'broadcast')
}

/**
 * Cuts root's array (along axis 0) or string into `size` pieces by `balance` and gives each rank its own. What other
 * ranks pass as `x` is ignored. A `buffer` is filled and returned instead.
 * @param options root, or `{ root, buffer }`
 * @throws TypeError when root's `x` is neither array nor string
 */
export function scatter<B extends AnyArray>(x: AnyArray | undefined, options: RootOptions & { buffer: B }): Promise<B>
export function scatter<X extends AnyArray>(x: X | undefined, options?: number | RootOptions): Promise<X>
export function scatter(x: string | undefined, options?: number | RootOptions): Promise<string>
export async function scatter(
  x: Sequence | undefined,
  options: number | (RootOptions & { buffer?: AnyArray }) = {},
): Promise<unknown> {
  const root = rootOf(options)
  const buffer = bufferOf('scatter', options)
  if (world.rank === root) requireSequence('scatter', x)
  const pieces = world.rank === root ? cut(x as Sequence, world.size) : undefined
  const piece = await world.scatter(pieces, root)
  return buffer === undefined ? piece : fill(buffer, piece, 'scatter')
}

/**
 * Joins every rank's array (along axis 0) or string on root, in rank order; the pieces may differ in length.
 * Other ranks get undefined, or the `buffer` that they passed, untouched. Root's `buffer` is filled and returned.
 * @param options root, or `{ root, buffer }`
 */
export function gather<B extends AnyArray>(x: AnyArray, options: RootOptions & { buffer: B }): Promise<B>
export function gather(x: string, options?: number | RootOptions): Promise<string | undefined>
export function gather<X extends AnyArray>(x: X, options?: number | RootOptions): Promise<X | undefined>
export async function gather(
  x: Sequence,
  options: number | (RootOptions & { buffer?: AnyArray }) = {},
): Promise<unknown> {
  requireSequence('gather', x)
  const buffer = bufferOf('gather', options)
  const pieces = await world.gather(x, rootOf(options))
  if (pieces === undefined) return buffer
  return buffer === undefined ? join(pieces) : fill(buffer, join(pieces), 'gather')
}

/**
 * Combines every rank's array elementwise with `op` on root; all must have one type and length. A number works too.
 * Other ranks get undefined, or the `buffer` that they passed, untouched. Root's `buffer` is filled and returned.
 * @param options root, or `{ root, buffer }`
 * @example const total = await reduce(Float64Array.of(rank()), SUM)
 */
export function reduce<B extends AnyArray>(x: B, op: Operator, options: RootOptions & { buffer: B }): Promise<B>
export function reduce<X extends AnyArray>(x: X, op: Operator, options?: number | RootOptions): Promise<X | undefined>
export function reduce(x: number, op: Operator, options?: number | RootOptions): Promise<number | undefined>
export function reduce(x: bigint, op: Operator, options?: number | RootOptions): Promise<bigint | undefined>
export async function reduce(
  x: AnyArray | number | bigint,
  op: Operator,
  options: number | (RootOptions & { buffer?: AnyArray }) = {},
): Promise<unknown> {
  const root = rootOf(options)
  if (!isAnyArray(x)) {
    const total = await world.reduce<unknown>(x, op as never, root)
    return typeof total === 'boolean' ? Number(total) : total
  }
  const buffer = bufferOf('reduce', options)
  if (buffer !== undefined && elements(buffer).length !== elements(x).length)
    throw new RangeError(`reduce: x is ${describe(x)} but the buffer is ${describe(buffer)}`)
  const total = await world.reduce(elements(x), op as never, root)
  if (total === undefined) return buffer
  return buffer === undefined ? withElements(x, total) : fill(buffer, total, 'reduce')
}
