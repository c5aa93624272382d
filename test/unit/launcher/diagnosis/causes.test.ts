import { expect } from 'chai'
import { likelyCauses } from '../../../../src/launcher/diagnosis/causes.ts'
import { barrier, operation, receiveFrom, sendTo, state, states } from './states.ts'

const lies = (source: number, tag: number, communicator = 'world') => [{ source, tag, communicator, messages: 1 }]
const receive = (peers: number[], tag?: number) => operation({ peers, tag })

describe('likelyCauses', () => {
  it('names a message from the right rank with another tag', () => {
    const all = states(state([receive([1], 5)], { unreceived: lies(1, 0) }), [receiveFrom(0)])
    expect(likelyCauses(all, [])).to.deep.equal([
      'wrong tag: rank 0 waits for tag 5 from rank 1, but what rank 1 has sent has tag 0',
    ])
  })

  it('names a message with another tag where any source would do', () => {
    const all = states(state([receive([], 5)], { unreceived: lies(1, 0) }), [receiveFrom(0)])
    expect(likelyCauses(all, [])[0]).to.match(/^wrong tag: rank 0 waits for tag 5 from any rank, but what rank 1/)
  })

  it('names a message with the right tag from another rank', () => {
    const all = states(state([receive([1], 5)], { unreceived: lies(2, 5) }), [receiveFrom(0)], [receiveFrom(0)])
    expect(likelyCauses(all, [])).to.deep.equal([
      'wrong source: rank 0 waits for rank 1, but the message with tag 5 is from rank 2',
    ])
  })

  it('names a message that lies on another communicator', () => {
    const all = states(state([receive([1], 5)], { unreceived: lies(1, 5, 'world.duplicate') }), [receiveFrom(0)])
    expect(likelyCauses(all, [])).to.deep.equal([
      'wrong communicator: rank 0 waits on world, but the message from rank 1 is on world.duplicate',
    ])
  })

  it('does not take a message of no concern for the cause', () => {
    const all = states(state([receive([1], 5)], { unreceived: lies(2, 6) }), [receiveFrom(0)], [receiveFrom(0)])
    expect(likelyCauses(all, [])[0]).not.to.match(/wrong/)
  })

  it('names once who has not called a collective, and what they do instead', () => {
    const called = (peers: number[]) => state([barrier(0, peers)], { collectives: [[1, 0]] })
    const all = states(called([1]), called([2]), [receiveFrom(0)])
    expect(likelyCauses(all, [])).to.deep.equal([
      'rank 2 has not called barrier() at a.ts:1: rank 2 waits in receive(source 0, tag any) at a.ts:1',
    ])
  })

  it('tells that nobody receives what an ended script has sent', () => {
    const all = states(state([sendTo(1, false)], { phase: 'ending' }), [receiveFrom(0)])
    expect(likelyCauses(all, [])[0]).to.include('rank 0 has nothing left to do, but rank 1 does not receive')
  })

  it('tells a cycle of receives, of synchronous sends, and of sends that are not buffered', () => {
    expect(likelyCauses(states([receiveFrom(1)], [receiveFrom(0)]), [])[0]).to.include('receives before it sends')
    expect(likelyCauses(states([sendTo(1)], [sendTo(0)]), [])[0]).to.include('until its message is received')
    expect(likelyCauses(states([sendTo(1, false)], [sendTo(0, false)]), [])[0]).to.include('can be buffered')
    expect(likelyCauses(states([receiveFrom(0)]), [])).to.deep.equal(['rank 0 waits for itself'])
  })

  it('tells that nobody is left who could send to a wildcard', () => {
    expect(likelyCauses(states([receiveFrom()], [receiveFrom(0)]), [])[0]).to.equal(
      'rank 0 waits for any rank, but all that are left wait themselves',
    )
    expect(likelyCauses(states([receiveFrom()]), [1, 2])[0]).to.equal(
      'nobody is left who could send to rank 0; 2 ranks have ended',
    )
  })

  it('tells three at most', () => {
    const wrong = state([receive([1], 5)], { unreceived: lies(1, 0) })
    expect(likelyCauses(states(wrong, wrong, wrong, wrong), [])).to.have.length(3)
  })
})
