import { expect } from 'chai'
import { ContextIds } from '../../../src/comm/context-ids.ts'

describe('context ids', () => {
  it('are even, above those of world and self, and never the same, whoever chooses and when', () => {
    const size = 3
    const processes = Array.from({ length: size }, (_, rank) => new ContextIds(rank, size))
    const chosen = [0, 2, 2, 1, 0, 2, 2, 0].map((rank) => processes[rank]?.choose() ?? -1)
    expect(new Set(chosen).size).to.equal(chosen.length)
    for (const number of chosen) {
      expect(number % 2).to.equal(0)
      expect(number).to.be.at.least(4)
    }
  })

  it('end with an error when none is left that fits into a header', () => {
    const last = new ContextIds(0, 2 ** 30)
    expect([last.choose(), last.choose()]).to.deep.equal([4, 4 + 2 ** 31])
    expect(() => last.choose()).to.throw(RangeError, 'context numbers')
  })
})
