import { expect } from 'chai'
import { operandOf, kernelFor } from '../../../src/collectives/built-in.ts'
import { Op } from '../../../src/collectives/op.ts'
import type { Op as Operator } from '../../../src/collectives/op.ts'
import { TYPED_ARRAYS } from '../../../src/wire/element-type.ts'
import type { TypedArray } from '../../../src/wire/element-type.ts'

type Anything = Operator
const apply = (op: unknown, a: unknown, b: unknown): unknown => (op as Anything)(a, b)

describe('Op', () => {
  describe('on single values', () => {
    const table: [string, unknown, unknown, unknown, unknown][] = [
      ['sum', Op.sum, 3, 4, 7],
      ['sum', Op.sum, 2n ** 70n, 1n, 2n ** 70n + 1n],
      ['prod', Op.prod, 3, 4, 12],
      ['prod', Op.prod, 2n ** 40n, 2n ** 40n, 2n ** 80n],
      ['min', Op.min, 3, -4, -4],
      ['min', Op.min, 3n, -4n, -4n],
      ['min', Op.min, Number.NaN, 1, Number.NaN],
      ['min', Op.min, 0, -0, -0],
      ['max', Op.max, 3, 4, 4],
      ['max', Op.max, 3n, 4n, 4n],
      ['max', Op.max, 1, Number.NaN, Number.NaN],
      ['land', Op.land, 3, 0, false],
      ['land', Op.land, true, 2, true],
      ['lor', Op.lor, 0, 0, false],
      ['lor', Op.lor, 0n, 5n, true],
      ['lxor', Op.lxor, 3, 4, false],
      ['lxor', Op.lxor, true, false, true],
      ['band', Op.band, 12, 10, 8],
      ['bor', Op.bor, 12, 10, 14],
      ['bxor', Op.bxor, 12, 10, 6],
      ['bor beyond 32 bits', Op.bor, 2 ** 40, 1, 2 ** 40 + 1],
      ['band of the unsigned', Op.band, 0xffffffff, 0xf0000000, 0xf0000000],
      ['band of negatives', Op.band, -(2 ** 40), -1, -(2 ** 40)],
      ['band', Op.band, 2n ** 70n + 1n, 3n, 1n],
      ['minloc', Op.minloc, [3, 7], [2, 9], [2, 9]],
      ['minloc of equals', Op.minloc, [3, 7], [3, 2], [3, 2]],
      ['maxloc', Op.maxloc, [3, 7], [2, 9], [3, 7]],
      ['maxloc of equals', Op.maxloc, [3, 2], [3, 7], [3, 2]],
      ['maxloc with NaN', Op.maxloc, [3, 2], [Number.NaN, 7], [Number.NaN, 7]],
      ['first', Op.first, 'a', 'b', 'a'],
      ['last', Op.last, 'a', 'b', 'b'],
      ['concat', Op.concat, 'a', 'b', 'ab'],
      ['concat', Op.concat, [1, [2]], ['3'], [1, [2], '3']],
    ]
    for (const [name, op, a, b, expected] of table)
      it(`${name}: ${show(a)}, ${show(b)} -> ${show(expected)}`, () => {
        expect(apply(op, a, b)).to.deep.equal(expected)
      })
  })

  describe('on typed arrays', () => {
    const operators = { sum: Op.sum, prod: Op.prod, min: Op.min, max: Op.max, land: Op.land, lor: Op.lor, lxor: Op.lxor, band: Op.band, bor: Op.bor, bxor: Op.bxor } // prettier-ignore
    const oracle: Record<string, (a: bigint, b: bigint) => bigint> = {
      sum: (a, b) => a + b,
      prod: (a, b) => a * b,
      min: (a, b) => (a < b ? a : b),
      max: (a, b) => (a > b ? a : b),
      land: (a, b) => (a && b ? 1n : 0n),
      lor: (a, b) => (a || b ? 1n : 0n),
      lxor: (a, b) => (Boolean(a) !== Boolean(b) ? 1n : 0n),
      band: (a, b) => a & b,
      bor: (a, b) => a | b,
      bxor: (a, b) => a ^ b,
    }
    for (const type of TYPED_ARRAYS)
      for (const [name, op] of Object.entries(operators)) {
        const isFloat = type.name.startsWith('Float')
        if (isFloat && name.startsWith('b')) continue
        it(`${name} works element by element on ${type.name}, into new memory`, () => {
          const values = [0n, 1n, 2n, 3n, 100n, 127n]
          const make = (list: readonly bigint[]): TypedArray => {
            const array = new type(list.length)
            for (const [i, x] of list.entries()) array[i] = type.name.startsWith('Big') ? x : Number(x)
            return array
          }
          const a = make(values)
          const b = make(values.toReversed())
          const result = apply(op, a, b)
          expect(result).to.deep.equal(
            make(
              values.map((x, i) =>
                (oracle[name] as (a: bigint, b: bigint) => bigint)(x, values[values.length - 1 - i] as bigint),
              ),
            ),
          )
          expect(a).to.deep.equal(make(values))
          expect(b).to.deep.equal(make(values.toReversed()))
        })
      }

    it('wraps integers as their type does', () => {
      expect(Op.sum(new Int8Array([127]), new Int8Array([1]))).to.deep.equal(new Int8Array([-128]))
      expect(Op.sum(new Uint8ClampedArray([200]), new Uint8ClampedArray([100])).at(0)).to.equal(255)
      expect(Op.prod(new Uint32Array([0xffffffff]), new Uint32Array([0xfffffffb])).at(0)).to.equal(5)
      expect(Op.prod(new Int32Array([123456789]), new Int32Array([987654321])).at(0)).to.equal(-67153019)
      expect(Op.sum(new BigInt64Array([2n ** 63n - 1n]), new BigInt64Array([1n])).at(0)).to.equal(-(2n ** 63n))
    })
    it('propagates NaN in min and max', () => {
      expect(Op.max(new Float64Array([Number.NaN, 1]), new Float64Array([1, Number.NaN]))).to.deep.equal(new Float64Array([Number.NaN, Number.NaN])) // prettier-ignore
    })
    it('S23: takes empty arrays and keeps their type', () => {
      expect(Op.sum(new Float32Array(0), new Float32Array(0))).to.deep.equal(new Float32Array(0))
    })
    it('keeps a Buffer a Buffer', () => {
      const result = Op.sum(Buffer.from([1]), Buffer.from([2]))
      expect(Buffer.isBuffer(result)).to.equal(true)
      expect(result[0]).to.equal(3)
    })
    it('works in place through its kernel, on either side', () => {
      const a = new Int32Array([5, 6])
      const b = new Int32Array([1, 2])
      kernelFor(Op.sum, a)?.(a, b, b)
      expect(b).to.deep.equal(new Int32Array([6, 8]))
    })
    it('concat joins them', () => {
      expect(Op.concat(new Int16Array([1]), new Int16Array([2, 3]))).to.deep.equal(new Int16Array([1, 2, 3]))
    })
    it('first and last give a copy', () => {
      const a = new Int16Array([1])
      expect(Op.first(a, a)).to.not.equal(a)
    })
  })

  describe('refuses', () => {
    const table: [string, () => unknown, RegExp][] = [
      ['a sum of strings', () => apply(Op.sum, 'a', 'b'), /^Op\.sum takes numbers.* not a string: Op\.concat.*Op\.elementwise\(Op\.sum\)/], // prettier-ignore
      ['a sum of arrays', () => apply(Op.sum, [1], [2]), /not an array of length 1: Op\.concat.*Op\.elementwise/],
      ['number with bigint', () => apply(Op.sum, 1, 2n), /number and bigint/],
      ['number with array', () => apply(Op.land, 1, new Int8Array(1)), /number and Int8Array of length 1/],
      ['arrays of two types', () => apply(Op.max, new Int8Array(1), new Int16Array(1)), /Int8Array.* and Int16Array/],
      ['arrays of two lengths', () => apply(Op.lor, new Int8Array(1), new Int8Array(2)), /length 1 and .*length 2/],
      ['bits of a fraction', () => apply(Op.band, 1.5, 1), /integers.* not a number/],
      ['bits of a Float64Array', () => apply(Op.bor, new Float64Array(2), new Float64Array(2)), /not a Float64Array/],
      ['minloc of a number', () => apply(Op.minloc, 1, 2), /\[value, location\] pairs of numbers, not a number/],
      ['concat of string and array', () => apply(Op.concat, 'a', ['b']), /string and array of length 1/],
      ['null', () => apply(Op.sum, null, null), /not null/],
      ['an object', () => operandOf(Op.max, { a: 1 }), /not an object/],
      ['elementwise arrays of two lengths', () => Op.elementwise(Op.sum)([1], [1, 2]), /length 1 and 2/],
      ['elementwise on what is no array', () => apply(Op.elementwise(Op.sum), 1, 2), /takes arrays, not a number/],
    ]
    for (const [name, call, message] of table) it(name, () => expect(call).to.throw(message))
  })

  it('elementwise lifts an operator to plain arrays, at any depth', () => {
    expect(Op.elementwise(Op.sum)([1, 2n], [3, 4n])).to.deep.equal([4, 6n])
    expect(Op.elementwise(Op.elementwise(Op.max))([[1], [2]], [[3], [1]])).to.deep.equal([[3], [2]])
    expect(Op.elementwise(Op.sum)).to.include({ name: 'elementwise(sum)', commutative: true })
  })
  it('create names an operator, non-commutative unless told otherwise', () => {
    const gcd = Op.create((a: number, b: number): number => (b === 0 ? a : gcd(b, a % b)), { name: 'gcd', commutative: true }) // prettier-ignore
    expect(gcd(12, 18)).to.equal(6)
    expect(gcd).to.include({ name: 'gcd', commutative: true })
    expect(Op.create((a: number) => a).commutative).to.equal(false)
    expect(() => Op.create(3 as never)).to.throw(TypeError, 'Op.create takes a function of two values, not number')
  })
  it('knows which operators may be reordered', () => {
    expect(Op.sum).to.include({ name: 'sum', commutative: true })
    for (const op of [Op.concat, Op.first, Op.last]) expect(op.commutative).to.equal(false)
  })
})

function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`
  return Object.is(value, -0) ? '-0' : typeof value === 'string' ? JSON.stringify(value) : String(value)
}
