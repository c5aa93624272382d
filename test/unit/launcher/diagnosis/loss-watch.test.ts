import { expect } from 'chai'
import { LossWatch } from '../../../../src/launcher/diagnosis/loss-watch.ts'

const missing = (packets: number, received: number) => ({ source: 0, destination: 1, packets, received })

describe('LossWatch', () => {
  it('asks the sender for a sign, again from time to time, and gives up when nothing comes', () => {
    const watch = new LossWatch(20_000)
    const asked: number[] = []
    let lostAt = 0
    for (let now = 7000; lostAt === 0; now += 500) {
      // Each packet that was asked for is missing as well.
      const { nudges, losses } = watch.observe([missing(1 + asked.length, 7)], now)
      if (nudges.size > 0) asked.push(now - 7000)
      for (const [rank, peers] of nudges) expect([rank, peers]).to.deep.equal([0, [1]])
      if (losses.length > 0) lostAt = now - 7000
      if (losses.length > 0) expect(losses[0]).to.include({ source: 0, destination: 1, packets: 1 })
    }
    expect(asked).to.deep.equal([500, 8500, 16_500])
    expect(lostAt).to.equal(20_000)
  })

  it('begins anew whenever anything has arrived: a slow connection is none that is lost', () => {
    const watch = new LossWatch(1500)
    for (let survey = 0; survey < 100; survey++) {
      const { losses } = watch.observe([missing(100 - survey, Math.floor(survey / 3))], survey * 500)
      expect(losses).to.deep.equal([])
    }
  })

  it('counts time, not surveys: many of them make it no earlier', () => {
    const watch = new LossWatch(60_000)
    let nudges = 0
    for (let now = 0; now < 60_000; now += 10) {
      const found = watch.observe([missing(1, 7)], now)
      expect(found.losses).to.deep.equal([])
      nudges += found.nudges.size
    }
    expect(nudges).to.equal(8)
    expect(watch.observe([missing(1, 7)], 60_000).losses).to.have.length(1)
  })

  it('does not count the time in which it was stopped itself', () => {
    const watch = new LossWatch(60_000)
    watch.observe([missing(1, 7)], 0)
    expect(watch.observe([missing(1, 7)], 3_600_000).losses).to.deep.equal([])
  })

  it('forgets a pair of which nothing is missing any more', () => {
    const watch = new LossWatch(1000)
    for (let now = 0; now < 15_000; now += 1500) {
      expect(watch.observe([missing(1, 7)], now).losses).to.deep.equal([])
      expect(watch.observe([missing(1, 7)], now + 500).losses).to.deep.equal([])
      watch.observe([], now + 1000)
    }
  })
})
