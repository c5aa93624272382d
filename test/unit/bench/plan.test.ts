import { expect } from 'chai'
import { groupWorks, plan } from '../../../bench/plan.ts'
import type { Mode } from '../../../bench/scale.ts'

const MODES: Mode[] = ['full', 'short', 'smoke']

describe('bench plan', () => {
  it('has the same works in every mode, each named once', () => {
    const names = plan('full').map(({ name }) => name)
    expect(new Set(names)).to.have.property('size', names.length)
    for (const mode of MODES) expect(plan(mode).map(({ name }) => name)).to.deep.equal(names)
  })

  it('measures whole elements, and each size once', () => {
    for (const { payload, points, measure } of MODES.flatMap(plan)) {
      if (measure === 'clock') continue
      expect(points.every(({ size }) => payload !== 'array' || size % 8 === 0)).to.equal(true)
      expect(points.map(({ size }) => size)).to.deep.equal([...new Set(points.map(({ size }) => size))])
    }
  })

  it('warms each work that takes microseconds up for 350 ms or more', () => {
    for (const mode of ['full', 'short'] as const)
      for (const { work, unit, firstWarmup } of plan(mode))
        if (unit === 'µs') expect(firstWarmup, work).to.be.at.least(350)
  })

  it('lets neighbours of one group share their jobs', () => {
    const works = plan('short')
    const groups = groupWorks(works)
    expect(groups.flat()).to.deep.equal(works)
    expect(groups.map((group) => group.map(({ name }) => name))).to.deep.include([
      'barrier',
      'broadcast',
      'allreduce',
      'reduce',
      'gather',
      'scatter',
      'allgather',
      'alltoall',
    ])
    for (const group of groups) if (group[0]?.measure === 'clock') expect(group).to.have.length(1)
  })
})
