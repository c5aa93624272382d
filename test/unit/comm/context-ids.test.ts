import { expect } from 'chai'
import { ContextIds } from '../../../src/comm/context-ids.ts'

describe('context ids', () => {
  it('never proposes a number again once it was agreed on, and leaves room for the collectives', () => {
    const ids = new ContextIds()
    const first = ids.propose()
    ids.accept(first)
    expect(ids.propose()).to.equal(first + 2)
    ids.accept(100)
    expect(ids.propose()).to.equal(102)
    ids.accept(50)
    expect(ids.propose()).to.equal(104)
  })

  it('proposes different numbers to communicators that are made at the same time', () => {
    const ids = new ContextIds()
    expect(ids.propose()).not.to.equal(ids.propose())
  })
})
