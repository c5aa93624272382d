import { expect } from 'chai'
import { isStandstill, isUnchanged, missingPackets } from '../../../../src/launcher/diagnosis/evidence.ts'
import { receiveFrom, state, states } from './states.ts'

type Packets = [peer: number, sent: number, received: number][]

const waits = (packets: Packets, fields = {}) => state([receiveFrom(0)], { packets, ...fields })

describe('isStandstill', () => {
  it('is true when every rank is blocked and has what the others sent', () => {
    expect(isStandstill(states(waits([[1, 3, 2]]), waits([[0, 2, 3]])))).to.equal(true)
    expect(isStandstill(states(waits([]), waits([])))).to.equal(true)
  })

  it('is false while a packet is on its way', () => {
    expect(isStandstill(states(waits([[1, 3, 2]]), waits([[0, 2, 2]])))).to.equal(false)
    expect(isStandstill(states(waits([[1, 3, 1]]), waits([[0, 2, 3]])))).to.equal(false)
  })

  it('is false while the first packet of a pair is on its way', () => {
    expect(isStandstill(states(waits([[1, 1, 0]]), waits([])))).to.equal(false)
    expect(isStandstill(states(waits([]), waits([[0, 1, 0]])))).to.equal(false)
  })

  it('is false when one rank is not blocked', () => {
    expect(isStandstill(states(waits([]), waits([], { blocked: false })))).to.equal(false)
  })

  it('does not count what was exchanged with those who have ended, or with oneself', () => {
    expect(
      isStandstill(
        states(
          waits([
            [0, 5, 4],
            [9, 3, 1],
          ]),
        ),
      ),
    ).to.equal(true)
  })
})

describe('missingPackets', () => {
  it('are those of each pair that have been sent and not received', () => {
    const all = states(
      waits([
        [1, 3, 2],
        [2, 1, 0],
      ]),
      waits([[0, 2, 1]]),
      waits([]),
    )
    expect(missingPackets(all)).to.deep.equal([
      { source: 0, destination: 1, packets: 2, received: 1 },
      { source: 0, destination: 2, packets: 1, received: 0 },
    ])
  })
})

describe('isUnchanged', () => {
  it('is true when nothing has happened on any rank', () => {
    expect(isUnchanged(states(waits([]), waits([])), states(waits([]), waits([])))).to.equal(true)
  })

  it('is false when something has happened on one, or one has left', () => {
    expect(isUnchanged(states(waits([]), waits([])), states(waits([]), waits([], { progress: 8 })))).to.equal(false)
    expect(isUnchanged(states(waits([]), waits([])), states(waits([])))).to.equal(false)
  })
})
