import { expect } from 'chai'
import { LossWatch } from '../../../../src/launcher/diagnosis/loss-watch.ts'

const missing = (packets: number, received: number) => ({ source: 0, destination: 1, packets, received })

describe('LossWatch', () => {
  it('asks the sender for a sign, again from time to time, and gives up when nothing comes', () => {
    const watch = new LossWatch(40)
    const asked: number[] = []
    let lostAt = 0
    for (let survey = 1; lostAt === 0; survey++) {
      // Each packet that was asked for is missing as well.
      const { nudges, losses } = watch.observe([missing(1 + asked.length, 7)])
      if (nudges.size > 0) asked.push(survey)
      for (const [rank, peers] of nudges) expect([rank, peers]).to.deep.equal([0, [1]])
      if (losses.length > 0) lostAt = survey
      if (losses.length > 0) expect(losses[0]).to.include({ source: 0, destination: 1, packets: 1 })
    }
    expect(asked).to.deep.equal([2, 18, 34])
    expect(lostAt).to.equal(41)
  })

  it('begins anew whenever anything has arrived: a slow connection is none that is lost', () => {
    const watch = new LossWatch(3)
    for (let survey = 0; survey < 100; survey++)
      expect(watch.observe([missing(100 - survey, Math.floor(survey / 3))]).losses).to.deep.equal([])
  })

  it('forgets a pair of which nothing is missing any more', () => {
    const watch = new LossWatch(2)
    for (let round = 0; round < 10; round++) {
      expect(watch.observe([missing(1, 7)]).losses).to.deep.equal([])
      expect(watch.observe([missing(1, 7)]).losses).to.deep.equal([])
      watch.observe([])
    }
  })
})
