import { expect } from 'chai'
import { computeRows, iterations } from '../../../examples/mandelbrot/kernel.ts'

const grid = (size: number, kmax: number): Int32Array => {
  const counts = new Int32Array(size * size)
  computeRows(counts, size, kmax, 0, size)
  return counts
}

describe('the Mandelbrot kernel', () => {
  it('counts as PyPar does at single points', () => {
    for (const kmax of [0, 1, 2, 3, 4, 10, 20, 33, 45, 100]) expect(iterations(0, 0, kmax)).to.equal(kmax)
    const points: [real: number, imaginary: number, count: number][] = [
      [5, 4, 1],
      [2, 1, 1],
      [-2, 1, 1],
      [2, -1, 1],
      [-2, -1, 1],
      [1, 1.5, 2],
      [-1, 1.5, 2],
      [1, -1.5, 2],
      [-1, -1.5, 2],
      [1, 0, 3],
      [0.2, 1, 4],
      [0.2, 0.7, 6],
      [-0.2, 0.9, 9],
      [0.5, 0.5, 5],
    ]
    for (const [real, imaginary, count] of points)
      expect(iterations(real, imaginary, 256), `${real}+${imaginary}i`).to.equal(count)
  })

  it('gives the known matrices', () => {
    const matrix = [1, 1, 1, 1, 1, 1, 3, 5, 5, 3, 2, 4, 9, 9, 4, 2, 9, 16, 16, 9, 2, 3, 15, 15, 3]
    expect(Array.from(grid(5, 16))).to.deep.equal(matrix)
    expect(Array.from(grid(5, 32))).to.deep.equal(matrix.map((count) => (count === 16 ? 32 : count)))
  })

  it('gives the known column in the middle of a larger one', () => {
    const counts = grid(100, 32)
    const column = Array.from({ length: 100 }, (_, row) => counts[100 * row + 50])
    const tail = [16, 11, 9, 7, 7, 6, 5, 5, 5, 4, 4, 4, 4, 4]
    expect(column).to.deep.equal([...Array<number>(76).fill(32), ...tail, ...Array<number>(10).fill(3)])
  })

  it('gives the same whichever rows are computed together', () => {
    const counts = new Int32Array(900)
    computeRows(counts, 30, 50, 0, 11)
    computeRows(counts, 30, 50, 11, 30, 2)
    computeRows(counts, 30, 50, 12, 30, 2)
    expect(counts).to.deep.equal(grid(30, 50))
  })
})
