import { expect } from 'chai'
import { cut, fill, isNDArray, join, ndarray, type NDArray } from '../../../src/pypar/ndarray.ts'

const matrix = (rows: number, columns: number) =>
  ndarray(
    Float64Array.from({ length: rows * columns }, (_, i) => i),
    [rows, columns],
  )

describe('ndarray', () => {
  it('is a plain object over the same memory', () => {
    const data = new Int32Array(6)
    const array = ndarray(data, [2, 3])
    expect(array).to.deep.equal({ data, shape: [2, 3] })
    expect(array.data).to.equal(data)
    expect(Object.getPrototypeOf(array)).to.equal(Object.prototype)
  })

  it('takes any number of axes, also empty ones', () => {
    expect(ndarray(new Int8Array(24), [2, 3, 4]).shape).to.deep.equal([2, 3, 4])
    expect(ndarray(new Int8Array(0), [0, 5]).shape).to.deep.equal([0, 5])
    expect(ndarray(new Int8Array(1), []).shape).to.deep.equal([])
  })

  it('refuses a shape that does not hold the data, and data that is no typed array', () => {
    expect(() => ndarray(new Int32Array(5), [2, 3])).to.throw(RangeError, '[2,3] does not hold 5')
    expect(() => ndarray(new Int32Array(6), [-2, -3])).to.throw(RangeError)
    expect(() => ndarray([1, 2] as unknown as Int32Array, [2])).to.throw(TypeError, 'not a typed array')
  })

  it('is told from objects that only look like one', () => {
    expect(isNDArray({ data: new Int32Array(4), shape: [2, 2] })).to.equal(true)
    expect(isNDArray({ data: new Int32Array(4), shape: [2, 3] })).to.equal(false)
    expect(isNDArray({ data: [1, 2], shape: [2] })).to.equal(false)
    expect(isNDArray(null)).to.equal(false)
  })
})

describe('cut and join', () => {
  const wholes = {
    'a string': 'Größe 🙂 of anything',
    'an empty string': '',
    'a typed array': Int16Array.of(1, 2, 3, 4, 5, 6, 7),
    'a matrix': matrix(7, 3),
    'three axes': ndarray(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 2, 2]),
  }
  for (const [name, whole] of Object.entries(wholes))
    it(`gives ${name} back from any number of pieces`, () => {
      for (let pieces = 1; pieces <= 9; pieces++) expect(join(cut(whole, pieces))).to.deep.equal(whole)
    })

  it('cuts matrices by rows, the longer pieces first', () => {
    const pieces = cut(matrix(7, 3), 3)
    expect(pieces.map((piece) => (piece as NDArray).shape)).to.deep.equal([
      [3, 3],
      [2, 3],
      [2, 3],
    ])
  })

  it('refuses to join what does not fit, naming the rank', () => {
    expect(() => join([Int32Array.of(1), Float64Array.of(1)])).to.throw(TypeError, 'rank 1 Float64Array(1)')
    expect(() => join([matrix(2, 3), matrix(2, 3), matrix(2, 4)])).to.throw(TypeError, 'rank 2 Float64Array(2×4)')
    expect(() => join(['a', Int32Array.of(1)])).to.throw(TypeError, 'rank 0 gave a string')
    expect(() => join([Int32Array.of(1), 'a'])).to.throw(TypeError, 'rank 1 a string')
  })
})

describe('fill', () => {
  it('copies into the buffer from its start and leaves the rest', () => {
    const buffer = Int32Array.of(9, 9, 9)
    expect(fill(buffer, Int32Array.of(1, 2), 'receive')).to.equal(buffer)
    expect(buffer).to.deep.equal(Int32Array.of(1, 2, 9))
  })

  it('refuses another element type or more elements than fit', () => {
    expect(() => fill(new Int32Array(2), Float64Array.of(1), 'scatter')).to.throw(TypeError, 'scatter: the buffer')
    expect(() => fill(new Int32Array(2), 'text', 'scatter')).to.throw(TypeError, 'a string arrived')
    expect(() => fill(matrix(1, 2), matrix(2, 2), 'gather')).to.throw(RangeError, 'Float64Array(2×2) arrived')
  })
})
