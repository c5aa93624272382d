import { expect } from 'chai'
import { median, ratio, Results, STATISTICS } from '../../../bench/statistics.ts'

describe('bench statistics', () => {
  it('takes the middle of an odd number and the mean of the middle two of an even one', () => {
    expect(median([5, 1, 100])).to.equal(5)
    expect(median([4, 1, 100, 2])).to.equal(3)
    expect(median([7])).to.equal(7)
    expect(() => median([])).to.throw(RangeError)
  })

  it('compares windows that were measured side by side, so that a slow time strikes neither', () => {
    expect(ratio([1, 10, 10], [2, 20, 2], median)).to.equal(0.5)
    // The best windows of equals are equal, wherever they stand.
    expect(ratio([3, 1], [1, 3], STATISTICS.min)).to.equal(1)
    expect(ratio([1, 10, 10], [20], median)).to.equal(0.5)
  })

  it('collects the repeats of one thing and keeps different things apart', () => {
    const results = new Results()
    results.add('pingpong', 'zmpi', 2, 8, 1)
    results.add('pingpong', 'zmpi', 2, 8, 3)
    results.add('pingpong', 'zmpi', 2, 64, 5)
    results.add('pingpong', 'C', 2, 8, 7)
    expect(results.samples('pingpong', 'zmpi', 2, 8)).to.deep.equal([1, 3])
    expect(results.samples('pingpong', 'zmpi', 4, 8)).to.equal(undefined)
    expect(results.all()).to.have.length(3)
  })
})
