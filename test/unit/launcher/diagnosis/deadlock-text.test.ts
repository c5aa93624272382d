import { expect } from 'chai'
import { deadlockLines } from '../../../../src/launcher/diagnosis/deadlock-text.ts'
import { receiveFrom, state, states } from './states.ts'

describe('deadlockLines', () => {
  it('tells likely cause, waits, cycle and what lies there', () => {
    const unreceived = [{ source: 1, tag: 3, communicator: 'world', messages: 2 }]
    const all = states(state([receiveFrom(1)], { seconds: 0.25 }), state([receiveFrom(0)], { unreceived }))
    expect(deadlockLines({ states: all, ended: [] })).to.deep.equal([
      'deadlock: all 2 ranks wait for messages, and none is on its way',
      '  likely cause: wrong source: rank 1 waits for rank 0, but the message is from rank 1',
      '  ranks 0–1 wait in receive(source 0–1, tag any) at a.ts:1, for 1.0 s',
      '  who waits for whom: 0 → 1 → 0',
      '  rank 1 has not received: 2 messages from rank 1 with tag 3 on world',
    ])
  })

  it('tells who has ended before', () => {
    const two = states([receiveFrom(1)], [receiveFrom(0)])
    expect(deadlockLines({ states: two, ended: [2, 3] })[0]).to.equal(
      'deadlock: ranks 2–3 have ended, the other 2 ranks wait for messages, and none is on its way',
    )
    expect(deadlockLines({ states: states([receiveFrom(0)]), ended: [1] })[0]).to.equal(
      'deadlock: rank 1 has ended, the last rank waits for messages, and none is on its way',
    )
  })

  it('stays short whatever the number of ranks', () => {
    const size = 1000
    const ring = states(
      ...Array.from({ length: size }, (_, rank) => [{ ...receiveFrom((rank + 1) % size), site: `a.ts:${rank}` }]),
    )
    const lines = deadlockLines({ states: ring, ended: [] })
    expect(lines.length).to.be.lessThan(40)
    expect(lines.join('\n')).to.include('… and 976 lines more')
    expect(lines.join('\n')).to.include('who waits for whom: 0 → 1 → 2 → 3 → 4 → 5 → 6 → 7 → 8 → 9 → 10 → … → 999 → 0')
  })
})
