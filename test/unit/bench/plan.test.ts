import { expect } from 'chai'
import { type Mode, plan } from '../../../bench/plan.ts'

const MODES: Mode[] = ['full', 'short', 'smoke']

describe('bench plan', () => {
  it('has the same works in every mode, each named once', () => {
    const names = plan('full').map(({ name }) => name)
    expect(new Set(names)).to.have.property('size', names.length)
    for (const mode of MODES) expect(plan(mode).map(({ name }) => name)).to.deep.equal(names)
  })

  it('measures whole elements, more loops for the smaller of two sizes, and each size once', () => {
    for (const { payload, points, measure } of MODES.flatMap(plan)) {
      if (measure === 'clock') continue
      expect(points.every(({ size, loops }) => loops > 0 && (payload !== 'array' || size % 8 === 0))).to.equal(true)
      expect(points.map(({ size }) => size)).to.deep.equal([...new Set(points.map(({ size }) => size))])
      for (const [index, point] of points.entries()) expect(point.loops).to.be.at.least(points[index + 1]?.loops ?? 0)
    }
  })
})
