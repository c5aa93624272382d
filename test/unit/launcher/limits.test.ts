import { expect } from 'chai'
import { judge, limitOf, readLimits, type Demand } from '../../../src/launcher/limits.ts'

const DEMAND: Demand = { near: 256, ofNode: 256, far: 0, readers: 1, hasFiles: false, sharesMemory: true }
const LIMITS = { descriptors: 1024, openDescriptors: 22, threads: Infinity }

describe('limits', () => {
  it('let 256 ranks start with the usual 1024 descriptors', () => {
    expect(judge(DEMAND, LIMITS)).to.deep.equal({ refusal: undefined, warning: undefined })
  })

  it('refuse more ranks than zmpirun has descriptors for, with both ways out, which are enough', () => {
    const { refusal = '' } = judge({ ...DEMAND, near: 400 }, LIMITS)
    const [, needed, most] = /ulimit -n (\d+)\), or start at most (\d+) here$/.exec(refusal) ?? []
    expect(judge({ ...DEMAND, near: 400 }, { ...LIMITS, descriptors: Number(needed) }).refusal).to.equal(undefined)
    expect(judge({ ...DEMAND, near: 400 }, { ...LIMITS, descriptors: Number(needed) - 1 }).refusal).to.be.a('string')
    expect(judge({ ...DEMAND, near: Number(most) }, LIMITS).refusal).to.equal(undefined)
    expect(judge({ ...DEMAND, near: Number(most) + 1 }, LIMITS).refusal).to.be.a('string')
  })

  it('count the files of --output', () => {
    expect(judge({ ...DEMAND, hasFiles: true }, LIMITS).refusal).to.include('need 1335 descriptors')
  })

  it('refuse more threads than are allowed', () => {
    expect(judge(DEMAND, { ...LIMITS, threads: 1000 }).refusal)
      .to.include('need 2816 threads, and 1000 more are allowed')
      .and.include('at most 90 here')
  })

  it('count one thread of a program that is not of Node', () => {
    expect(judge({ ...DEMAND, ofNode: 0 }, { ...LIMITS, threads: 256 }).refusal).to.equal(undefined)
    expect(judge({ ...DEMAND, ofNode: 0 }, { ...LIMITS, threads: 255 }).refusal).to.include('need 256 threads')
  })

  it('warn where only ranks that talk to everybody would fail', () => {
    const { refusal, warning } = judge({ ...DEMAND, near: 300, far: 100, sharesMemory: false }, LIMITS)
    expect(refusal).to.equal(undefined)
    expect(warning).to.include('all 399 others needs 1261 descriptors').and.include('ulimit -n 1261')
  })

  it('ask nothing of this machine for ranks elsewhere', () => {
    const none = { descriptors: 100, openDescriptors: 22, threads: 0 }
    expect(judge({ ...DEMAND, near: 0, ofNode: 0, far: 1000, readers: 0 }, none)).to.deep.equal({
      refusal: undefined,
      warning: undefined,
    })
  })

  it('are read from the system', () => {
    const text =
      'Max processes             96365                unlimited            processes \nMax open files            20000'
    expect(limitOf(`${text}                20000                files     \n`, 'Max open files')).to.equal(20_000)
    expect(limitOf(text, 'Max processes')).to.equal(96_365)
    expect(limitOf('Max processes             unlimited            unlimited', 'Max processes')).to.equal(Infinity)
    const { descriptors, openDescriptors, threads } = readLimits()
    expect(openDescriptors).to.be.within(3, descriptors)
    expect(threads).to.be.greaterThan(0)
  })
})
