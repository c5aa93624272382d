import { expect } from 'chai'
import { kernelFor } from '../../../src/collectives/built-in.ts'
import type { Kernel } from '../../../src/collectives/kernels.ts'
import { Op } from '../../../src/collectives/op.ts'
import { Vectors } from '../../../src/collectives/vectors.ts'
import { VectorMemory } from '../../../src/transport/vector-memory.ts'
import { TYPED_ARRAYS, type TypedArray } from '../../../src/wire/element-type.ts'
import { Random } from '../../support/random.ts'

const OPERATORS = [Op.sum, Op.prod, Op.min, Op.max, Op.band, Op.bor, Op.bxor, Op.land]
const SPECIAL = [0, -0, 1, -1, 127, 128, -128, 255, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1]
const FLOATS = [Number.NaN, Infinity, -Infinity, 0.1, -1e300, 1e-310, 3.5]

/** Bits at random, and the values with which something is special, against each other. */
function fill(array: TypedArray, random: Random): void {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256)
  const isFloat = array instanceof Float64Array || array instanceof Float32Array
  const values = isFloat ? [...SPECIAL, ...FLOATS] : SPECIAL
  for (let i = 0; i < array.length; i += 2)
    if (array instanceof BigInt64Array || array instanceof BigUint64Array) array[i] = BigInt(random.pick(SPECIAL))
    else array[i] = random.pick(values)
}

/** The bits of a NaN may be any. */
function shown(array: TypedArray): string[] {
  return Array.from(array as Float64Array, (value) => (Object.is(value, -0) ? '-0' : String(value)))
}

describe('vector kernels', () => {
  const memory = new VectorMemory(100_000)
  const vectors = new Vectors(memory)
  for (const op of OPERATORS)
    for (const Type of TYPED_ARRAYS)
      it(`Op.${op.name} on ${Type.name}s gives what the loop in JavaScript does, at any length`, () => {
        const kernel = kernelFor(op, new Type(0))
        const vectorKernel = kernel && vectors.kernel(kernel, new Type(0))
        if (kernel === undefined || vectorKernel === undefined) {
          const has = ['sum', 'min', 'max'].includes(op.name) && !Type.name.startsWith('Big')
          expect(has, 'no vector instruction').to.equal(false)
          return
        }
        const random = new Random(3)
        for (const length of [0, 1, 7, 8, 63, 64, 65, 500]) {
          const on = (start: number): TypedArray =>
            new Type(memory.buffer, start + random.below(20) * Type.BYTES_PER_ELEMENT, length)
          const [left, right, target] = [on(0), on(8_000), on(16_000)]
          fill(left, random)
          fill(right, random)
          const expected = new Type(length)
          kernel(left, right, expected)
          vectorKernel(left, right, target)
          expect(shown(target)).to.deep.equal(shown(expected))
          // In place of either.
          const kept = left.slice()
          vectorKernel(left, right, left)
          expect(shown(left)).to.deep.equal(shown(expected))
          left.set(kept as never)
          vectorKernel(left, right, right)
          expect(shown(right)).to.deep.equal(shown(expected))
        }
      })

  it('are not there where the processor has no vector instructions', () => {
    const link = (): never => {
      throw new Error('Wasm SIMD unsupported')
    }
    const none = new Vectors({ buffer: memory.buffer, link })
    const kernel = kernelFor(Op.sum, new Float64Array(0)) as Kernel
    expect(none.kernel(kernel, new Float64Array(0))).to.equal(undefined)
  })
})
