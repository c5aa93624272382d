/**
 * What the built-in operators do: which operands they take, how two are combined, and what other ranks must agree on.
 * They check their operands before anything is sent (`operandOf`) and work in place on typed arrays (`kernelFor`).
 */
import { isTypedArray } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { allocateLike, concatenate, copyOf, describeValue, sameType, withArticle } from './array.ts'
import * as kernels from './kernels.ts'
import type { Kernel, Kernels } from './kernels.ts'
import type { Scalar } from './scalars.ts'

/** An operator that serves every type within `E`. */
export interface OpOver<E> {
  <T extends E>(a: T, b: T): T
  readonly name: string
  readonly commutative?: boolean
}

/** What all operators have in common, whatever they take. */
export interface AnyOp {
  readonly name: string
  readonly commutative?: boolean
}

export type Arithmetic = number | bigint | TypedArray
/** At run time numbers and bigints too; as the answer is a boolean, TypeScript wants `x !== 0`. */
export type Logical = boolean | TypedArray
export type Integers = number | bigint | Exclude<TypedArray, Float32Array | Float64Array>

/** `[value, location]`. */
export type Located = readonly (number | bigint)[]

export type Agreement = 'nothing' | 'type' | 'type and count'

interface Definition {
  /** What it takes, for messages. */
  readonly domain: string
  accepts(value: unknown): boolean
  /** Applied when both operands are accepted and no kernel serves them. The result shares no memory with them. */
  apply(a: unknown, b: unknown): unknown
  readonly kernels?: Kernels
  /** What the operands of all ranks must have in common: typed arrays their type and length, others their type. */
  readonly agrees: Agreement
  /** Whether partial results are of another type than operands, so that the two must combine. */
  readonly mixes?: boolean
  /** Brings an operand into the form of a partial result. */
  prepare?(value: unknown): unknown
}

// Written only while this module is evaluated.
const definitions = new Map<unknown, Definition>()

function builtIn(name: string, commutative: boolean, definition: Definition): OpOver<unknown> {
  const op = (a: unknown, b: unknown): unknown => {
    check(name, definition, a)
    check(name, definition, b)
    if (definition.agrees === 'type and count' && !isAlike(a, b, definition.mixes === true)) throw unlike(name, a, b)
    const kernel = isTypedArray(a) ? kernelOf(definition, a) : undefined
    if (kernel !== undefined) {
      const result = allocateLike(a as TypedArray, (a as TypedArray).length)
      kernel(a as TypedArray, b as TypedArray, result)
      return result
    }
    return definition.apply(a, b)
  }
  definitions.set(op, definition)
  return label(op, name, commutative) as OpOver<unknown>
}

export function label<F extends (a: never, b: never) => unknown>(op: F, name: string, commutative: boolean): F {
  Object.defineProperty(op, 'name', { value: name })
  Object.defineProperty(op, 'commutative', { value: commutative, enumerable: true })
  return Object.freeze(op)
}

function kernelOf(definition: Definition, array: TypedArray): Kernel | undefined {
  return definition.kernels && kernels.kernelOf(definition.kernels, array)
}

function check(name: string, definition: Definition, value: unknown): void {
  if (definition.accepts(value)) return
  const hint =
    (name === 'sum' || name === 'prod') && (typeof value === 'string' || Array.isArray(value))
      ? `: Op.concat joins them, Op.elementwise(Op.${name}) works on arrays element by element`
      : ''
  throw new TypeError(`Op.${name} takes ${definition.domain}, not ${withArticle(value)}${hint}`)
}

function isAlike(a: unknown, b: unknown, mixes: boolean): boolean {
  if (isTypedArray(a) && isTypedArray(b)) return sameType(a, b) && a.length === b.length
  return isTypedArray(a) === isTypedArray(b) && (mixes || typeof a === typeof b)
}

function unlike(name: string, a: unknown, b: unknown): TypeError {
  return new TypeError(
    `Op.${name}: ${describeValue(a)} and ${describeValue(b)} cannot be combined; every rank must give the same type` +
      (isTypedArray(a) && isTypedArray(b) ? ' and length' : ''),
  )
}

export function arithmetic<E>(name: string, scalar: Scalar, loops: Kernels): OpOver<E> {
  return builtIn(name, true, {
    domain:
      loops.floats === undefined ? 'integers, bigints and integer typed arrays' : 'numbers, bigints and typed arrays',
    accepts: (value) => (isTypedArray(value) ? kernels.kernelOf(loops, value) !== undefined : scalar.accepts(value)),
    apply: (a, b) => scalar.apply(a as number, b as number),
    kernels: loops,
    agrees: 'type and count',
  })
}

export function logical(name: string, apply: (a: unknown, b: unknown) => boolean, loops: Kernels): OpOver<Logical> {
  return builtIn(name, true, {
    domain: 'booleans, numbers, bigints and typed arrays',
    accepts: (value) => isTypedArray(value) || ['boolean', 'number', 'bigint'].includes(typeof value),
    apply,
    kernels: loops,
    agrees: 'type and count',
    mixes: true,
    prepare: (value) => (isTypedArray(value) ? truthOf(value) : Boolean(value)),
  })
}

/** 1 where an element is true, else 0. */
function truthOf(array: TypedArray): TypedArray {
  const truth = allocateLike(array, array.length)
  kernels.kernelOf(kernels.land, array)?.(array, array, truth)
  return truth
}

export function located(name: string, isStrictlyBetter: (a: number, b: number) => boolean): OpOver<Located> {
  const isBetter = orNaN(isStrictlyBetter)
  return builtIn(name, true, {
    domain: '[value, location] pairs of numbers',
    accepts: (value) =>
      Array.isArray(value) && value.length === 2 && value.every((x) => typeof x === 'number' || typeof x === 'bigint'),
    apply(a, b) {
      const [x, at] = a as [number, number]
      const [y, bt] = b as [number, number]
      const takeSecond = isBetter(y, x) || (!isBetter(x, y) && bt < at)
      return takeSecond ? [y, bt] : [x, at]
    },
    agrees: 'type',
  })
}

/** NaN beats everything, as in `Op.min` and `Op.max`. */
const orNaN = (isBetter: (a: number, b: number) => boolean) => (a: number, b: number) =>
  Number.isNaN(a) ? !Number.isNaN(b) : isBetter(a, b)

type Joinable = string | readonly unknown[] | TypedArray

export const concat = builtIn('concat', false, {
  domain: 'strings, arrays and typed arrays',
  accepts: (value) => typeof value === 'string' || Array.isArray(value) || isTypedArray(value),
  apply(a, b) {
    if (typeof a === 'string' && typeof b === 'string') return a + b
    if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b] as unknown[]
    if (isTypedArray(a) && isTypedArray(b)) return concatenate(a, b)
    throw unlike('concat', a, b)
  },
  agrees: 'type',
}) as OpOver<Joinable>

export function chosen(name: string, pick: (a: unknown, b: unknown) => unknown): OpOver<unknown> {
  return builtIn(name, false, {
    domain: 'any value',
    accepts: () => true,
    apply(a, b) {
      const value = pick(a, b)
      return isTypedArray(value) ? copyOf(value) : value
    },
    agrees: 'nothing',
  })
}

/**
 * What a rank contributes: the value itself, or its truth under a logical operator, so that one rank alone gets the same
 * kind of answer as many. Throws a TypeError when a built-in operator has no meaning on this value.
 */
export function operandOf<T>(op: AnyOp, value: T): T {
  const definition = definitions.get(op)
  if (definition === undefined) return value
  check(op.name, definition, value)
  return definition.prepare === undefined ? value : (definition.prepare(value) as T)
}

/** The operator's loop over arrays of this type; undefined when it must be called as a function. */
export function kernelFor(op: AnyOp, array: TypedArray): Kernel | undefined {
  const definition = definitions.get(op)
  return definition && kernelOf(definition, array)
}

/** True for the built-in operators: they do not throw on operands that `operandOf` let pass on every rank. */
export function isBuiltIn(op: AnyOp): boolean {
  return definitions.has(op)
}

/** What the operands of all ranks must have in common. */
export function agreementOf(op: AnyOp): Agreement {
  return definitions.get(op)?.agrees ?? 'nothing'
}

/** `Op.sum`, or the name of a user's operator. */
export function describeOp(op: AnyOp): string {
  return isBuiltIn(op) ? `Op.${op.name}` : op.name === '' ? 'an unnamed operator' : op.name
}
