import { expect } from 'chai'
import { editDistance, nearest } from '../../../src/launcher/nearest.ts'

describe('nearest', () => {
  it('finds the word that a slip of the finger missed', () => {
    const known = ['label', 'no-label', 'timeout', 'timestamp', 'n', 'np']
    expect(nearest('lable', known)).to.equal('label')
    expect(nearest('time-out', known)).to.equal('timeout')
    expect(nearest('timestmap', known)).to.equal('timestamp')
  })

  it('finds nothing for a word that is like none', () => {
    expect(nearest('zzz', ['label', 'np'])).to.equal(undefined)
    expect(nearest('1', ['n'])).to.equal(undefined)
    expect(nearest('', ['n'])).to.equal(undefined)
  })
})

describe('editDistance', () => {
  const cases: [string, string, number][] = [
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['lable', 'label', 1],
  ]
  for (const [a, b, distance] of cases)
    it(`from "${a}" to "${b}" is ${distance}`, () => {
      expect(editDistance(a, b)).to.equal(distance)
      expect(editDistance(b, a)).to.equal(distance)
    })
})
