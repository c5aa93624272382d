import { expect } from 'chai'
import { Group } from '../../../src/comm/group.ts'
import { PROC_NULL } from '../../../src/wire/envelope.ts'

describe('group', () => {
  it('numbers its processes in their order', () => {
    const group = new Group([5, 2, 9])
    expect([0, 1, 2].map((rank) => group.processOf(rank))).to.deep.equal([5, 2, 9])
    expect([5, 2, 9].map((process) => group.rankOf(process))).to.deep.equal([0, 1, 2])
    expect(group.rankOf(0)).to.equal(PROC_NULL)
  })

  it('is the identity for the world, and knows who is outside', () => {
    const group = new Group([0, 1, 2])
    expect([group.rankOf(2), group.processOf(1), group.rankOf(3)]).to.deep.equal([2, 1, PROC_NULL])
  })
})
