import { expect } from 'chai'
import { AddressBook } from '../../../src/bootstrap/address-book.ts'
import type { RankMessage } from '../../../src/bootstrap/control.ts'

describe('AddressBook', () => {
  let said: RankMessage[]
  let isHeld: boolean
  let book: AddressBook

  beforeEach(() => {
    said = []
    isHeld = false
    book = new AddressBook(
      (message) => said.push(message),
      (held) => (isHeld = held),
    )
  })

  async function reasonOf(address: Promise<string>): Promise<string> {
    return await address.then(
      (found) => `found ${found}`,
      (error: unknown) => (error as Error).message,
    )
  }

  it('asks at once for all that is wanted in one turn, for each rank once', async () => {
    const wanted = [book.locate(3), book.locate(5), book.locate(3)]
    await Promise.resolve()
    expect(said).to.deep.equal([{ type: 'where', ranks: [3, 5] }])
    book.found(3, 'ipc://three')
    book.found(5, 'ipc://five')
    expect(await Promise.all(wanted)).to.deep.equal(['ipc://three', 'ipc://five', 'ipc://three'])
  })

  it('asks again for what is wanted later', async () => {
    void book.locate(1)
    await Promise.resolve()
    void book.locate(2)
    await Promise.resolve()
    expect(said).to.deep.equal([
      { type: 'where', ranks: [1] },
      { type: 'where', ranks: [2] },
    ])
  })

  it('keeps the process alive until the last answer has come', () => {
    expect([book.isAsking, isHeld]).to.deep.equal([false, false])
    void book.locate(1)
    void book.locate(2)
    book.found(1, 'ipc://one')
    expect([book.isAsking, isHeld]).to.deep.equal([true, true])
    book.found(2, 'ipc://two')
    expect([book.isAsking, isHeld]).to.deep.equal([false, false])
  })

  it('fails for a rank that leaves or has left, without asking for the latter', async () => {
    const before = book.locate(4)
    await Promise.resolve()
    book.gone(4, 'failed')
    expect(await reasonOf(before)).to.equal('rank 4 has failed')
    expect(await reasonOf(book.locate(4))).to.equal('rank 4 has failed')
    expect(said).to.have.length(1)
    expect(isHeld).to.equal(false)
  })
})
