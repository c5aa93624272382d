import { expect } from 'chai'
import type { AgentMessage } from '../../../src/bootstrap/control.ts'
import { Roster } from '../../../src/launcher/roster.ts'

describe('Roster', () => {
  let said: [number, AgentMessage][]
  let roster: Roster

  beforeEach(() => {
    said = []
    roster = new Roster((rank, message) => said.push([rank, message]))
  })

  it('answers at once where a rank is that has opened', () => {
    roster.open(1, 'ipc://one', 'here')
    roster.where(0, [1])
    expect(said).to.deep.equal([[0, { type: 'at', rank: 1, address: 'ipc://one', host: 'here' }]])
  })

  it('answers everybody who has asked when a rank opens', () => {
    roster.where(0, [2])
    roster.where(1, [2])
    expect(said).to.deep.equal([])
    roster.open(2, 'ipc://two', 'here')
    expect(said.map(([rank]) => rank)).to.deep.equal([0, 1])
  })

  it('tells who speaks who has left, each what was sent to it', () => {
    roster.greet(0)
    roster.greet(1)
    roster.depart(2, { how: 'ended', detail: 'normally', sent: new Map([[1, 4]]) })
    expect(said).to.deep.equal([
      [0, { type: 'gone', rank: 2, how: 'ended', detail: 'normally', sent: 0 }],
      [1, { type: 'gone', rank: 2, how: 'ended', detail: 'normally', sent: 4 }],
    ])
  })

  it('tells who speaks later too, once', () => {
    roster.depart(2, { how: 'failed', detail: 'was killed by SIGKILL', sent: undefined })
    roster.greet(0)
    roster.greet(0)
    roster.where(0, [2])
    expect(said).to.deep.equal([
      [0, { type: 'gone', rank: 2, how: 'failed', detail: 'was killed by SIGKILL', sent: undefined }],
    ])
  })

  it('says nothing to a rank that has left or never spoke', () => {
    roster.greet(0)
    roster.depart(0, { how: 'ended', detail: 'normally', sent: undefined })
    roster.depart(1, { how: 'ended', detail: 'normally', sent: undefined })
    expect(said).to.deep.equal([])
  })
})
