import { expect } from 'chai'
import { balance, type Farewell } from '../../../src/launcher/ledger.ts'

type Counts = [peer: number, messages: number][]

const says = (type: Farewell['type'], sent: Counts, received: Counts, confirmed: number[] = []): Farewell => {
  const account = { sent, received, confirmed, unreceived: [] }
  return type === 'ended' ? { ...account, type } : { ...account, type, code: 0, queued: 0 }
}
const NOTHING = { lost: [], late: [], miscounted: [] }
const loss = (messages: number) => [{ source: 0, destination: 1, messages }]

describe('the balance of all messages', () => {
  it('is even when what was sent has been received', () => {
    expect(balance([says('ended', [[1, 5]], [[1, 2]], [1]), says('exiting', [[0, 2]], [[0, 5]])])).to.deep.equal(
      NOTHING,
    )
    expect(balance([])).to.deep.equal(NOTHING)
  })

  it('says nothing of those who have said nothing', () => {
    expect(balance([says('ended', [[1, 5]], [[1, 2]], [1]), undefined])).to.deep.equal(NOTHING)
  })

  it('knows what process.exit has thrown away', () => {
    const all = [says('exiting', [[1, 5]], []), says('ended', [], [[0, 3]])]
    expect(balance(all)).to.deep.equal({ ...NOTHING, lost: loss(2) })
  })

  it('knows what came when its receiver had ended', () => {
    const all = [says('ended', [[1, 5]], []), says('ended', [], [])]
    expect(balance(all)).to.deep.equal({ ...NOTHING, late: loss(5) })
  })

  it('tells what was confirmed and is not there, and what came twice', () => {
    const ends = (received: Counts) => [says('ended', [[1, 5]], [], [1]), says('ended', [], received)]
    expect(balance(ends([[0, 4]]))).to.deep.equal({ ...NOTHING, miscounted: loss(1) })
    expect(balance(ends([]))).to.deep.equal({ ...NOTHING, miscounted: loss(5) })
    expect(balance(ends([[0, 6]]))).to.deep.equal({ ...NOTHING, miscounted: loss(-1) })
    expect(balance([says('ended', [], []), says('ended', [], [[0, 1]])])).to.deep.equal({
      ...NOTHING,
      miscounted: loss(-1),
    })
  })
})
