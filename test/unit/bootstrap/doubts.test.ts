import { expect } from 'chai'
import type { RankMessage } from '../../../src/bootstrap/control.ts'
import { Doubts } from '../../../src/bootstrap/doubts.ts'
import type { Endpoint } from '../../../src/p2p/endpoint.ts'

describe('Doubts', () => {
  let said: RankMessage[]
  let departed: string[]
  let received: number
  let isClosed: boolean
  let doubts: Doubts
  let onEvent: () => void

  beforeEach(() => {
    said = []
    departed = []
    received = 0
    isClosed = false
    onEvent = () => {}
    const endpoint = {
      activity: { messagesFrom: () => received },
      departed: (rank: number, { how, detail }: { how: string; detail: string }) => {
        departed.push(`${rank} ${how}: ${detail}`)
        onEvent()
      },
    } as unknown as Endpoint
    doubts = new Doubts({
      endpoint: () => endpoint,
      say: (message) => {
        said.push(message)
        onEvent()
      },
      isClosed: () => isClosed,
    })
  })

  function event(): Promise<void> {
    return new Promise((resolve) => (onEvent = resolve))
  }

  it('tells at once of a rank that has left when all that it sent has come', () => {
    received = 3
    doubts.farewell({ type: 'gone', rank: 1, how: 'ended', detail: 'normally', sent: 3 })
    expect(departed).to.deep.equal(['1 ended: normally'])
    expect(doubts.areOpen).to.equal(false)
  })

  it('waits for what a rank has sent before it left', async () => {
    doubts.farewell({ type: 'gone', rank: 1, how: 'exited', detail: 'with code 0', sent: 1 })
    expect(departed).to.deep.equal([])
    expect(doubts.areOpen).to.equal(true)
    const told = event()
    received = 1
    // The look for it does not keep the process alive.
    const alive = setInterval(() => {}, 1000)
    await told
    clearInterval(alive)
    expect(departed).to.deep.equal(['1 exited: with code 0'])
    expect(doubts.areOpen).to.equal(false)
  })

  it('says what was lost when it does not come', async () => {
    const told = event()
    doubts.farewell({ type: 'gone', rank: 1, how: 'exited', detail: 'with code 0', sent: 2 })
    const alive = setInterval(() => {}, 1000)
    await told
    clearInterval(alive)
    expect(departed).to.deep.equal(['1 exited: with code 0; 2 of its messages were lost'])
  })

  it('does not wait for the messages of a rank that has failed', () => {
    doubts.farewell({ type: 'gone', rank: 1, how: 'failed', detail: 'was killed by SIGKILL', sent: 2 })
    expect(departed).to.deep.equal(['1 failed: was killed by SIGKILL'])
  })

  it('asks the launcher about a connection that broke, and is in doubt until it answers', async () => {
    const asked = event()
    doubts.lost(2, 'connection ended', false)
    const alive = setInterval(() => {}, 1000)
    await asked
    clearInterval(alive)
    expect(said).to.deep.equal([{ type: 'cut', peer: 2, reason: 'connection ended' }])
    expect(doubts.areOpen).to.equal(true)
    doubts.farewell({ type: 'gone', rank: 2, how: 'ended', detail: 'normally', sent: 0 })
    expect(doubts.areOpen).to.equal(false)
  })

  it('gives a peer that sends garbage up, and says so', async () => {
    const told = event()
    doubts.lost(2, 'a header of kind 99', true)
    await told
    await Promise.resolve()
    expect(said).to.deep.equal([{ type: 'broken', reason: 'connection to rank 2: a header of kind 99' }])
    expect(departed).to.deep.equal(['2 garbled: a header of kind 99'])
  })

  it('says nothing of connections when this rank has ended', async () => {
    isClosed = true
    doubts.lost(2, 'a header of kind 99', true)
    await Promise.resolve()
    expect([said, departed, doubts.areOpen]).to.deep.equal([[], [], false])
  })
})
