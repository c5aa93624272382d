import { expect } from 'chai'
import { CopyRoute } from '../../../src/transport/copy-route.ts'

const LAP = 1 << 20
const COPY = 16 * 1024

/** Copies `laps` laps, a line through the caches taking so many ns, now and then much longer; the share of them that went past. */
function share(route: CopyRoute, laps: number, line: number): number {
  let past = 0
  const copies = (laps * LAP) / COPY
  for (let i = 0; i < copies; i++)
    if (route.isPast) {
      past++
      route.wentPast(COPY)
    } else if (route.isMeasured) route.took(COPY, (i % 7 === 0 ? 50 : 1) * (COPY / 64) * line * 1e-6)
    else route.wentThrough(COPY)
  return past / copies
}

describe('copy route', () => {
  it('goes through the caches while that is quick, though a copy may be interrupted', () => {
    expect(share(new CopyRoute(LAP), 100, 5)).to.equal(0)
  })

  it('goes past them where that is slow, soon, and nearly always', () => {
    const route = new CopyRoute(LAP)
    expect(share(route, 4, 28)).to.be.greaterThan(0.3)
    expect(share(route, 1000, 28)).to.be.greaterThan(0.97)
  })

  it('finds that it has become quick within as many laps as it has waited for that at most', () => {
    const route = new CopyRoute(LAP)
    share(route, 1000, 28)
    share(route, 260, 5)
    expect(share(route, 100, 5)).to.equal(0)
    expect(share(route, 4, 28)).to.be.greaterThan(0.3)
  })

  it('measures after a lap through the caches, when its lines lie where they would', () => {
    const route = new CopyRoute(LAP)
    for (let i = 0; i < 5; i++) route.took(COPY, 1)
    while (route.isPast) route.wentPast(COPY)
    let unmeasured = 0
    for (; !route.isMeasured; unmeasured++) route.wentThrough(COPY)
    expect(unmeasured).to.equal(LAP / COPY)
  })

  it('has drafts measured where there is nothing else, and only there', () => {
    const route = new CopyRoute(LAP)
    for (let i = 0; i < 100; i++) {
      expect(route.isDraftMeasured).to.equal(false)
      route.wentThrough(COPY)
      if (route.isMeasured) route.took(COPY, 0)
    }
    let drafts = 0
    for (; !route.isDraftMeasured; drafts++) route.wentThrough(COPY)
    expect(drafts).to.be.within(8, 32)
  })
})
