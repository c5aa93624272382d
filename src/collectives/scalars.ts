/** The built-in operators on single numbers and bigints. Which of the two is the same on both sides is checked before. */

export interface Scalar {
  accepts(value: unknown): boolean
  /** Both are numbers, or both are bigints. */
  apply(a: number, b: number): number
}

const isArithmetic = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint'
const isInteger = (value: unknown): boolean => Number.isSafeInteger(value) || typeof value === 'bigint'

/** JavaScript's bitwise operators cut numbers to 32 bits: larger ones go through bigint, which knows two's complement. */
const bitwise = (apply: (a: number, b: number) => number): Scalar => ({
  accepts: isInteger,
  apply: (a, b) => {
    if (typeof a === 'bigint' || ((a | 0) === a && (b | 0) === b)) return apply(a, b)
    const wide: unknown = apply(BigInt(a) as unknown as number, BigInt(b) as unknown as number)
    return Number(wide)
  },
})

/** `Math.min` and `Math.max` refuse bigints; they propagate NaN and tell −0 from 0. */
export const scalars = Object.freeze({
  sum: { accepts: isArithmetic, apply: (a, b) => a + b },
  prod: { accepts: isArithmetic, apply: (a, b) => a * b },
  min: { accepts: isArithmetic, apply: (a, b) => (typeof a === 'bigint' ? (b < a ? b : a) : Math.min(a, b)) },
  max: { accepts: isArithmetic, apply: (a, b) => (typeof a === 'bigint' ? (b > a ? b : a) : Math.max(a, b)) },
  band: bitwise((a, b) => a & b),
  bor: bitwise((a, b) => a | b),
  bxor: bitwise((a, b) => a ^ b),
} satisfies Record<string, Scalar>)
