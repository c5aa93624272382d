import { expect } from 'chai'
import { balance } from '../../../src/pypar/balance.ts'

describe('pypar balance', () => {
  it('gives the first bins the extra items', () => {
    const bins = [0, 1, 2, 3].map((p) => balance(29, 4, p))
    expect(bins).to.deep.equal([
      [0, 8],
      [8, 15],
      [15, 22],
      [22, 29],
    ])
  })

  it('covers 0 … N−1 without gap or overlap, sizes differing by one at most', () => {
    for (let N = 0; N <= 40; N++)
      for (let P = 1; P <= 9; P++) {
        const bins = Array.from({ length: P }, (_, p) => balance(N, P, p))
        expect(bins.flatMap(([low, high]) => Array.from({ length: high - low }, (_, i) => low + i))).to.deep.equal(
          Array.from({ length: N }, (_, i) => i),
        )
        const sizes = bins.map(([low, high]) => high - low)
        expect(Math.max(...sizes) - Math.min(...sizes)).to.be.at.most(1)
      }
  })

  it('gives bins past the last nothing', () => {
    expect(balance(29, 4, 4)).to.deep.equal([29, 29])
    expect(balance(29, 4, 9)).to.deep.equal([29, 29])
  })

  it('names the argument that is wrong', () => {
    expect(() => balance(-1, 4, 0)).to.throw(RangeError, 'N is -1')
    expect(() => balance(29, 0, 0)).to.throw(RangeError, 'P is 0')
    expect(() => balance(29, 4, 1.5)).to.throw(RangeError, 'p is 1.5')
  })
})
