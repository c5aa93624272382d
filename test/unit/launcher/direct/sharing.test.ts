import { expect } from 'chai'
import type { Order } from '../../../../src/launcher/direct/messages.ts'
import { Sharing } from '../../../../src/launcher/direct/sharing.ts'
import { seatsOn } from './seats.ts'

describe('the memory that the ranks of a host share', () => {
  let told: (readonly [number, Order])[]
  let sharing: Sharing

  beforeEach(() => {
    told = []
    sharing = new Sharing(77, (rank, order) => told.push([rank, order]))
  })

  /** What was told since it was asked before. */
  async function orders(): Promise<(readonly [number, Order])[]> {
    await new Promise((resolve) => setImmediate(resolve))
    return told.splice(0)
  }

  it('is made by the first rank of each host that has several, and opened by all', async () => {
    const shared = sharing.share(seatsOn(['a', 'b', 'a', 'c', 'b']))
    expect(await orders()).to.deep.equal([
      [0, { type: 'create', ranks: 2, job: 77 }],
      [1, { type: 'create', ranks: 2, job: 77 }],
    ])
    sharing.answered(1, { type: 'created', path: '/b' })
    sharing.answered(0, { type: 'created', path: '/a' })
    expect(await orders()).to.deep.equal([
      [0, { type: 'open', path: '/a' }],
      [1, { type: 'open', path: '/b' }],
      [2, { type: 'open', path: '/a' }],
      [4, { type: 'open', path: '/b' }],
    ])
    for (const rank of [0, 1, 2, 4]) sharing.answered(rank, { type: 'opened', isOpen: true })
    expect([...(await shared)]).to.have.members(['a', 'b'])
  })

  it('is not used where it cannot be made, or one rank cannot open it', async () => {
    const shared = sharing.share(seatsOn(['a', 'a', 'b', 'b']))
    sharing.answered(0, { type: 'created', path: '' })
    sharing.answered(2, { type: 'created', path: '/b' })
    await orders()
    sharing.answered(2, { type: 'opened', isOpen: true })
    sharing.answered(3, { type: 'opened', isOpen: false })
    expect([...(await shared)]).to.deep.equal([])
  })

  it('is not asked for where every rank is alone', async () => {
    expect([...(await sharing.share(seatsOn(['a', 'b'])))]).to.deep.equal([])
    expect(await orders()).to.deep.equal([])
  })

  it('is not waited for any more when a rank has left', async () => {
    const shared = sharing.share(seatsOn(['a', 'a']))
    expect(await orders()).to.have.length(1)
    sharing.giveUp()
    expect([...(await shared)]).to.deep.equal([])
    expect(await orders()).to.deep.equal([])
  })
})
