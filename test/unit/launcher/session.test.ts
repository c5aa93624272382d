import { expect } from 'chai'
import { staysInSession } from '../../../src/launcher/session.ts'

describe('ranks stay in the session of their agent', () => {
  const facts = { ranks: 4, cores: 2, sharesMemory: true, hasAutogroups: true, canLead: true }

  it('where they take turns on the cores and the system schedules by session', () => {
    expect(staysInSession(facts)).to.equal(true)
  })

  it('and nowhere else', () => {
    for (const other of [{ ranks: 2 }, { sharesMemory: false }, { hasAutogroups: false }, { canLead: false }])
      expect(staysInSession({ ...facts, ...other }), JSON.stringify(other)).to.equal(false)
  })
})
