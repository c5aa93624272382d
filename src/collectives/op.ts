/**
 * The reduction operators. An operator must be associative; results are folded in a fixed order, so that every rank and
 * every run gets the same bits, and in rank order unless the operator is marked commutative.
 */
import { describeValue, withArticle } from './array.ts'
import { arithmetic, chosen, concat, label, located, logical } from './built-in.ts'
import type { Arithmetic, Integers, OpOver } from './built-in.ts'
import * as kernels from './kernels.ts'
import { scalars } from './scalars.ts'

/**
 * A reduction operator: an associative function of two values of one type. Any `(a, b) => c` is one, taken as
 * non-commutative; `Op.create` gives it a name and says whether the order of its operands matters.
 */
export interface Op<T = unknown> {
  (a: T, b: T): T
  /** Told in error messages; ranks that reduce with differently named operators get `ERR_MISMATCH`. */
  readonly name: string
  /** True when the order of the operands does not matter. @default false */
  readonly commutative?: boolean
}

/**
 * Names an operator of your own.
 *
 * @param fn associative; it may return one of its operands, and may throw: then the collective rejects on every rank
 * @param options.commutative true when the order of the operands does not matter. @default false
 * @param options.name told in error messages. @default the function's own name
 * @example
 * const gcd = Op.create((a: number, b: number): number => (b === 0 ? a : gcd(b, a % b)), { commutative: true, name: 'gcd' })
 */
function create<T>(fn: (a: T, b: T) => T, options: { commutative?: boolean; name?: string } = {}): Op<T> {
  if (typeof fn !== 'function')
    throw new TypeError(`Op.create takes a function of two values, not ${describeValue(fn)}`)
  const { commutative = false, name = fn.name } = options
  return label((a: T, b: T): T => fn(a, b), name, commutative)
}

/**
 * Lifts an operator to plain arrays: `[op(a[0], b[0]), op(a[1], b[1]), …]`. Arrays of different length are a `RangeError`.
 *
 * @example
 * await world.allreduce([1, 2n], Op.elementwise(Op.sum))
 */
function elementwise<E>(op: OpOver<E>): OpOver<readonly E[]>
function elementwise<T>(op: ((a: T, b: T) => T) & { readonly commutative?: boolean }): Op<T[]>
function elementwise<T>(op: Op<T>): Op<T[]> {
  if (typeof op !== 'function') throw new TypeError(`Op.elementwise takes an operator, not ${describeValue(op)}`)
  const name = `elementwise(${op.name})`
  const lifted = (a: T[], b: T[]): T[] => {
    if (!Array.isArray(a) || !Array.isArray(b))
      throw new TypeError(`Op.${name} takes arrays, not ${withArticle(Array.isArray(a) ? b : a)}`)
    if (a.length !== b.length)
      throw new RangeError(`Op.${name}: arrays of length ${a.length} and ${b.length} cannot be combined`)
    return a.map((x, i) => op(x, b[i] as T))
  }
  return label(lifted, name, op.commutative === true)
}

/**
 * The operators. Elementwise on typed arrays of one type and length (integers wrap as their type does), plain on numbers
 * and bigints. `min` and `max` give NaN when any rank does. `land`, `lor`, `lxor` judge truth as JavaScript does.
 */
export const Op = Object.freeze({
  /** a + b. Refuses strings and plain arrays, on which JavaScript's `+` would join text. */
  sum: arithmetic<Arithmetic>('sum', scalars.sum, kernels.sum),
  prod: arithmetic<Arithmetic>('prod', scalars.prod, kernels.prod),
  min: arithmetic<Arithmetic>('min', scalars.min, kernels.min),
  max: arithmetic<Arithmetic>('max', scalars.max, kernels.max),
  /** All true. */
  land: logical('land', (a, b) => Boolean(a) && Boolean(b), kernels.land),
  /** Any true. */
  lor: logical('lor', (a, b) => Boolean(a) || Boolean(b), kernels.lor),
  /** An odd number of true ones. */
  lxor: logical('lxor', (a, b) => Boolean(a) !== Boolean(b), kernels.lxor),
  /** Bitwise and, or, exclusive or of integers. */
  band: arithmetic<Integers>('band', scalars.band, kernels.band),
  bor: arithmetic<Integers>('bor', scalars.bor, kernels.bor),
  bxor: arithmetic<Integers>('bxor', scalars.bxor, kernels.bxor),
  /** The smallest value and where: on `[value, location]`; of equal values the smaller location. */
  minloc: located('minloc', (a, b) => a < b),
  maxloc: located('maxloc', (a, b) => a > b),
  /** The value of rank 0. */
  first: chosen('first', (a) => a),
  /** The value of the last rank. */
  last: chosen('last', (_a, b) => b),
  /** Joins strings, arrays or typed arrays, in rank order. */
  concat,
  create,
  elementwise,
})
