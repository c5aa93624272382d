import { expect } from 'chai'
import { signatureOf } from '../../../src/collectives/signature.ts'
import { CallHistory } from '../../../src/comm/call-history.ts'
import { Group } from '../../../src/comm/group.ts'
import type { CallSite } from '../../../src/p2p/call-site.ts'

const BARRIER = signatureOf({ operation: 'barrier' })
const GATHER = signatureOf({ operation: 'gather', root: 0 })

const at = (line: number): CallSite => ({ stack: `Error\n    at file:///home/heat.ts:${line}:5` })

function historyOf(...calls: readonly (readonly [signature: typeof BARRIER, site?: CallSite])[]): CallHistory {
  const history = new CallHistory('world', new Group([0, 1]), () => {})
  for (const [call, [signature, site]] of calls.entries()) {
    history.add(call, signature, site)
    history.called(call)
  }
  return history
}

describe('call history', () => {
  it('knows what was called, where, and where calls like it were made', () => {
    const history = historyOf([BARRIER, at(3)], [BARRIER], [BARRIER], [GATHER], [BARRIER], [GATHER, at(9)], [GATHER])
    expect([0, 1, 2, 3, 4, 5, 6].map((call) => history.describe(call))).to.deep.equal([
      'barrier() at heat.ts:3',
      'barrier() at heat.ts:3, like the one before',
      'barrier() at heat.ts:3, like the one before',
      'gather(root 0) at heat.ts:9, like the one before',
      'barrier() at heat.ts:3, like the one before',
      'gather(root 0) at heat.ts:9',
      'gather(root 0) at heat.ts:9, like the one before',
    ])
    expect([0, 3, 6].map((call) => history.signature(call))).to.deep.equal([BARRIER.hash, GATHER.hash, GATHER.hash])
    expect(history.latest).to.equal(6)
  })

  it('takes the line of a like call before, not of one after, where it knows one', () => {
    const history = historyOf([BARRIER, at(3)], [BARRIER], [GATHER], [BARRIER], [BARRIER, at(9)], [BARRIER])
    expect([1, 3, 5].map((call) => history.describe(call))).to.deep.equal([
      'barrier() at heat.ts:3, like the one before',
      'barrier() at heat.ts:3, like the one before',
      'barrier() at heat.ts:9, like the one before',
    ])
  })

  it('does not know what is to come, nor a call that its arguments forbade', () => {
    const history = historyOf([BARRIER], [BARRIER])
    expect([history.signature(2), history.recall(2)]).to.deep.equal([undefined, undefined])
    history.add(2, BARRIER, undefined)
    expect(history.signature(2)).to.equal(undefined)
    history.add(2, GATHER, undefined)
    history.called(2)
    expect([1, 2].map((call) => history.describe(call))).to.deep.equal(['barrier()', 'gather(root 0)'])
    expect(history.describe(7)).to.equal('something that it no longer knows')
  })

  it('knows a call that was forbidden though the same was legal then', () => {
    const history = historyOf([GATHER])
    for (let i = 0; i < 3; i++) history.add(1, BARRIER, undefined)
    history.called(1)
    expect([0, 1].map((call) => history.describe(call))).to.deep.equal(['gather(root 0)', 'barrier()'])
  })

  it('tells which calls were given up, and why', () => {
    const history = historyOf([BARRIER], [BARRIER], [BARRIER])
    history.gaveUp(1, 'it timed out')
    expect([0, 1, 2].map((call) => history.describe(call))).to.deep.equal([
      'barrier()',
      'barrier(), which it gave up: it timed out',
      'barrier()',
    ])
  })

  it('keeps the latest calls, at least 256 of any kinds', () => {
    const history = historyOf(...Array.from({ length: 1000 }, (_, i) => [i % 2 === 0 ? BARRIER : GATHER] as const))
    expect([744, 999].map((call) => history.signature(call))).to.deep.equal([BARRIER.hash, GATHER.hash])
    expect(history.signature(0)).to.equal(undefined)
  })

  it('goes on when the numbers of calls begin anew', () => {
    const history = historyOf()
    for (const call of [2 ** 31 - 2, 2 ** 31 - 1, 0, 1]) {
      history.add(call, call > 1 ? BARRIER : GATHER, undefined)
      history.called(call)
    }
    expect([2 ** 31 - 1, 0, 1].map((call) => history.signature(call))).to.deep.equal([
      BARRIER.hash,
      GATHER.hash,
      GATHER.hash,
    ])
    expect(history.signature(2)).to.equal(undefined)
  })
})
