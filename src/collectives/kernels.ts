/**
 * The built-in operators on typed arrays: `target[i] = left[i] op right[i]`, where target may be left or right.
 *
 * One loop per operator and kind of number, written out, since a loop that takes the operator as a function or sees
 * more than four array types runs forty times slower; those that are used most take four elements at a time, which halves
 * the time. A store wraps (or clamps, or rounds) as the array's type does.
 */
import type { TypedArray } from '../wire/element-type.ts'

export type Kernel = (left: TypedArray, right: TypedArray, target: TypedArray) => void

type Numbers = Float64Array
type BigInts = BigInt64Array
type NumberKernel = (left: Numbers, right: Numbers, target: Numbers) => void
type BigIntKernel = (left: BigInts, right: BigInts, target: BigInts) => void

/** An operator's loops. Without `floats` it is not defined on floating point. */
export interface Kernels {
  readonly floats?: NumberKernel
  readonly integers: NumberKernel
  /** Int32Array and Uint32Array where double precision would lose low bits. */
  readonly words?: NumberKernel
  readonly bigints: BigIntKernel
}

/** The loop for this type of array, or undefined where the operator has no meaning. */
export function kernelOf(kernels: Kernels, array: TypedArray): Kernel | undefined {
  switch (array[Symbol.toStringTag]) {
    case 'Float32Array':
    case 'Float64Array':
      return kernels.floats as Kernel | undefined
    case 'BigInt64Array':
    case 'BigUint64Array':
      return kernels.bigints as Kernel
    case 'Int32Array':
    case 'Uint32Array':
      return (kernels.words ?? kernels.integers) as Kernel
    default:
      return kernels.integers as Kernel
  }
}

export const sum: Kernels = {
  floats(l, r, t) {
    const whole = t.length & -4
    for (let i = 0; i < whole; i += 4) {
      t[i] = (l[i] as number) + (r[i] as number)
      t[i + 1] = (l[i + 1] as number) + (r[i + 1] as number)
      t[i + 2] = (l[i + 2] as number) + (r[i + 2] as number)
      t[i + 3] = (l[i + 3] as number) + (r[i + 3] as number)
    }
    for (let i = whole; i < t.length; i++) t[i] = (l[i] as number) + (r[i] as number)
  },
  integers(l, r, t) {
    const whole = t.length & -4
    for (let i = 0; i < whole; i += 4) {
      t[i] = (l[i] as number) + (r[i] as number)
      t[i + 1] = (l[i + 1] as number) + (r[i + 1] as number)
      t[i + 2] = (l[i + 2] as number) + (r[i + 2] as number)
      t[i + 3] = (l[i + 3] as number) + (r[i + 3] as number)
    }
    for (let i = whole; i < t.length; i++) t[i] = (l[i] as number) + (r[i] as number)
  },
  bigints(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = (l[i] as bigint) + (r[i] as bigint)
  },
}

export const prod: Kernels = {
  floats(l, r, t) {
    const whole = t.length & -4
    for (let i = 0; i < whole; i += 4) {
      t[i] = (l[i] as number) * (r[i] as number)
      t[i + 1] = (l[i + 1] as number) * (r[i + 1] as number)
      t[i + 2] = (l[i + 2] as number) * (r[i + 2] as number)
      t[i + 3] = (l[i + 3] as number) * (r[i + 3] as number)
    }
    for (let i = whole; i < t.length; i++) t[i] = (l[i] as number) * (r[i] as number)
  },
  integers(l, r, t) {
    const whole = t.length & -4
    for (let i = 0; i < whole; i += 4) {
      t[i] = (l[i] as number) * (r[i] as number)
      t[i + 1] = (l[i + 1] as number) * (r[i + 1] as number)
      t[i + 2] = (l[i + 2] as number) * (r[i + 2] as number)
      t[i + 3] = (l[i + 3] as number) * (r[i + 3] as number)
    }
    for (let i = whole; i < t.length; i++) t[i] = (l[i] as number) * (r[i] as number)
  },
  words(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = Math.imul(l[i] as number, r[i] as number)
  },
  bigints(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = (l[i] as bigint) * (r[i] as bigint)
  },
}

export const min: Kernels = {
  floats(l, r, t) {
    const whole = t.length & -4
    for (let i = 0; i < whole; i += 4) {
      t[i] = Math.min(l[i] as number, r[i] as number)
      t[i + 1] = Math.min(l[i + 1] as number, r[i + 1] as number)
      t[i + 2] = Math.min(l[i + 2] as number, r[i + 2] as number)
      t[i + 3] = Math.min(l[i + 3] as number, r[i + 3] as number)
    }
    for (let i = whole; i < t.length; i++) t[i] = Math.min(l[i] as number, r[i] as number)
  },
  integers(l, r, t) {
    const whole = t.length & -4
    for (let i = 0; i < whole; i += 4) {
      t[i] = Math.min(l[i] as number, r[i] as number)
      t[i + 1] = Math.min(l[i + 1] as number, r[i + 1] as number)
      t[i + 2] = Math.min(l[i + 2] as number, r[i + 2] as number)
      t[i + 3] = Math.min(l[i + 3] as number, r[i + 3] as number)
    }
    for (let i = whole; i < t.length; i++) t[i] = Math.min(l[i] as number, r[i] as number)
  },
  bigints(l, r, t) {
    for (let i = 0; i < t.length; i++) {
      const a = l[i] as bigint
      const b = r[i] as bigint
      t[i] = b < a ? b : a
    }
  },
}

export const max: Kernels = {
  floats(l, r, t) {
    const whole = t.length & -4
    for (let i = 0; i < whole; i += 4) {
      t[i] = Math.max(l[i] as number, r[i] as number)
      t[i + 1] = Math.max(l[i + 1] as number, r[i + 1] as number)
      t[i + 2] = Math.max(l[i + 2] as number, r[i + 2] as number)
      t[i + 3] = Math.max(l[i + 3] as number, r[i + 3] as number)
    }
    for (let i = whole; i < t.length; i++) t[i] = Math.max(l[i] as number, r[i] as number)
  },
  integers(l, r, t) {
    const whole = t.length & -4
    for (let i = 0; i < whole; i += 4) {
      t[i] = Math.max(l[i] as number, r[i] as number)
      t[i + 1] = Math.max(l[i + 1] as number, r[i + 1] as number)
      t[i + 2] = Math.max(l[i + 2] as number, r[i + 2] as number)
      t[i + 3] = Math.max(l[i + 3] as number, r[i + 3] as number)
    }
    for (let i = whole; i < t.length; i++) t[i] = Math.max(l[i] as number, r[i] as number)
  },
  bigints(l, r, t) {
    for (let i = 0; i < t.length; i++) {
      const a = l[i] as bigint
      const b = r[i] as bigint
      t[i] = b > a ? b : a
    }
  },
}

const landNumbers: NumberKernel = (l, r, t) => {
  for (let i = 0; i < t.length; i++) t[i] = l[i] && r[i] ? 1 : 0
}
const lorNumbers: NumberKernel = (l, r, t) => {
  for (let i = 0; i < t.length; i++) t[i] = l[i] || r[i] ? 1 : 0
}
const lxorNumbers: NumberKernel = (l, r, t) => {
  for (let i = 0; i < t.length; i++) t[i] = !l[i] === !r[i] ? 0 : 1
}

export const land: Kernels = {
  floats: landNumbers,
  integers: landNumbers,
  bigints(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = l[i] && r[i] ? 1n : 0n
  },
}

export const lor: Kernels = {
  floats: lorNumbers,
  integers: lorNumbers,
  bigints(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = l[i] || r[i] ? 1n : 0n
  },
}

export const lxor: Kernels = {
  floats: lxorNumbers,
  integers: lxorNumbers,
  bigints(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = !l[i] === !r[i] ? 0n : 1n
  },
}

export const band: Kernels = {
  integers(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = (l[i] as number) & (r[i] as number)
  },
  bigints(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = (l[i] as bigint) & (r[i] as bigint)
  },
}

export const bor: Kernels = {
  integers(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = (l[i] as number) | (r[i] as number)
  },
  bigints(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = (l[i] as bigint) | (r[i] as bigint)
  },
}

export const bxor: Kernels = {
  integers(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = (l[i] as number) ^ (r[i] as number)
  },
  bigints(l, r, t) {
    for (let i = 0; i < t.length; i++) t[i] = (l[i] as bigint) ^ (r[i] as bigint)
  },
}
