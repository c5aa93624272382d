import { expect } from 'chai'
import { Grid, gridOf } from '../../../src/comm/grid.ts'
import { PROC_NULL } from '../../../src/wire/envelope.ts'

describe('grid', () => {
  it('S48 maps ranks to coordinates and back, row-major', () => {
    const grid = new Grid([2, 3, 4], [false, false, false])
    for (let rank = 0; rank < 24; rank++) expect(grid.rankAt(grid.coordinatesOf(rank))).to.equal(rank)
    expect(grid.coordinatesOf(17)).to.deep.equal([1, 1, 1])
    expect(grid.rankAt([0, 0, 1])).to.equal(1)
  })

  it('S48 wraps periodic dimensions and gives PROC_NULL beyond the others', () => {
    const grid = new Grid([2, 3], [false, true])
    expect(grid.rankAt([0, -1])).to.equal(2)
    expect(grid.rankAt([1, 7])).to.equal(4)
    expect(grid.rankAt([2, 0])).to.equal(PROC_NULL)
    expect(grid.shift(4, 0, 1)).to.deep.equal({ source: 1, destination: PROC_NULL })
    expect(grid.shift(4, 1, 1)).to.deep.equal({ source: 3, destination: 5 })
    expect(grid.shift(3, 1, -1)).to.deep.equal({ source: 4, destination: 5 })
  })

  it('S48 refuses what does not fit, naming the value', () => {
    expect(() => gridOf([2, 0], false, 4)).to.throw(RangeError, 'dimensions are [2,0]')
    expect(() => gridOf([3, 2], false, 4)).to.throw(RangeError, '3×2 need 6 ranks; the communicator has 4')
    expect(() => gridOf([2, 2], [true], 4)).to.throw(RangeError, 'periodic is [true]; legal: one boolean, or 2 of them')
    expect(() => new Grid([2, 2], [true, true]).rankAt([1])).to.throw(RangeError, '2 integers')
    expect(() => new Grid([2, 2], [true, true]).shift(0, 2, 1)).to.throw(RangeError, 'dimension is 2')
  })
})
