import { expect } from 'chai'
import { fuzz, TARGETS } from './fuzz.ts'
import { Random } from '../support/random.ts'

/** `npm run fuzz` is the long form of this. */
describe('nonsense does no harm to what reads', function () {
  this.timeout(120_000)

  for (const { name, share, attack } of TARGETS)
    it(name, () => {
      const random = new Random(1)
      for (let round = 0; round < 30 * Math.min(share, 100); round++) attack(random)
    })

  it('any of them, by number, so that each case can be had again', () => {
    const failure = fuzz(20_261_121, 0, 15_000)
    expect(failure && `case ${failure.case}, ${failure.target}: ${failure.reason}`).to.equal(undefined)
  })
})
