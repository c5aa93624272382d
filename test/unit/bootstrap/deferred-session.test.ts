import { expect } from 'chai'
import { DeferredSession } from '../../../src/bootstrap/deferred-session.ts'
import { Session } from '../../../src/bootstrap/session.ts'

function alone(): { session: DeferredSession; made: () => number } {
  let made = 0
  const session = new DeferredSession(0, undefined, () => {
    made++
    return new Session({
      membership: undefined,
      windowBytes: 1024,
      windowSlots: 16,
      budgetBytes: 1024,
      algorithms: undefined,
      connect: () => {
        throw new Error('the transport is opened')
      },
    })
  })
  return { session, made: () => made }
}

describe('DeferredSession', () => {
  it('is not made for a program that only asks for its rank', () => {
    const { session, made } = alone()
    session.name(0, 'world')
    expect(session.rank).to.equal(0)
    expect(made()).to.equal(0)
  })

  it('is made once, by the first operation, before the call returns', () => {
    const { session, made } = alone()
    expect(() => session.endpoint()).to.throw('the transport is opened')
    expect(() => session.endpoint()).to.throw('the transport is opened')
    expect(made()).to.equal(1)
  })

  it('can end before anything was started, and then refuses operations', async () => {
    const { session } = alone()
    await session.finish()
    expect(() => session.endpoint()).to.throw('communication has ended')
  })
})
