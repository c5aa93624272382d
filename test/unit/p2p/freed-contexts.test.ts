import { expect } from 'chai'
import { FreedContexts } from '../../../src/p2p/freed-contexts.ts'

const message = (context: number, source: number, tag: number): { context: number; source: number; tag: number } => ({
  context,
  source,
  tag,
})

describe('freed contexts', () => {
  it('are known, with what still came to each, by source and tag', () => {
    const freed = new FreedContexts()
    expect(freed.has(4)).to.equal(false)
    freed.add(4, 'rows')
    freed.add(6, 'columns')
    expect(freed.has(4)).to.equal(true)
    for (const [context, source, tag] of [
      [4, 1, 0],
      [6, 1, 0],
      [4, 1, 0],
      [4, 2, 0],
    ] as const)
      freed.count(message(context, source, tag))
    expect([...freed.dropped()]).to.deep.equal([
      { communicator: 'rows', source: 1, tag: 0, messages: 2 },
      { communicator: 'columns', source: 1, tag: 0, messages: 1 },
      { communicator: 'rows', source: 2, tag: 0, messages: 1 },
    ])
  })

  it('are forgotten, the oldest first, and kinds of messages counted no further, so that memory is bounded', () => {
    const freed = new FreedContexts()
    for (let context = 0; context < 10_000; context++) freed.add(context, 'one of many')
    expect(freed.has(0)).to.equal(false)
    expect(freed.has(9999)).to.equal(true)
    expect(freed.has(9999 - 8191)).to.equal(true)
    expect(freed.has(9999 - 8192)).to.equal(false)
    for (let tag = 0; tag < 1000; tag++) freed.count(message(9999, 1, tag))
    freed.count(message(9999, 1, 0))
    const dropped = [...freed.dropped()]
    expect(dropped).to.have.length(256)
    expect(dropped[0]?.messages).to.equal(2)
  })
})
