import { expect } from 'chai'
import { Scratch } from '../../../src/collectives/scratch.ts'

const like = new Float64Array(0)

describe('scratch memory of a communicator', () => {
  it('is used again, also for less', () => {
    const scratch = new Scratch()
    const first = scratch.take(like, 8)
    scratch.give(first)
    expect(scratch.take(like, 5)).to.equal(first)
  })
  it('is never used by two at the same time', () => {
    const scratch = new Scratch()
    const first = scratch.take(like, 8)
    const second = scratch.take(like, 8)
    expect(second.buffer).to.not.equal(first.buffer)
    scratch.give(first)
    scratch.give(second)
    expect(scratch.take(like, 8).buffer).to.not.equal(scratch.take(like, 8).buffer)
  })
  it('has the type and at least the length that is asked for', () => {
    const scratch = new Scratch()
    scratch.give(scratch.take(like, 8))
    expect(scratch.take(like, 9)).to.have.length(9)
    expect(scratch.take(new Int32Array(0), 4))
      .to.be.instanceOf(Int32Array)
      .with.length(4)
  })
  it('is not kept when it is large', () => {
    const scratch = new Scratch()
    const large = scratch.take(like, 1 << 20)
    scratch.give(large)
    expect(scratch.take(like, 1)).to.not.equal(large)
  })
})
