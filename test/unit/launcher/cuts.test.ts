import { expect } from 'chai'
import { Cuts } from '../../../src/launcher/cuts.ts'
import { RankRecord } from '../../../src/launcher/rank-record.ts'

describe('Cuts', () => {
  const cut = { type: 'cut', peer: 1, reason: 'connection lost' } as const

  function running(hosts: readonly string[]): RankRecord[] {
    return hosts.map((name, rank) => {
      const host = { name, user: undefined, slots: 1, maxSlots: undefined, cores: [0], isLocal: true }
      const record = new RankRecord({
        placement: { rank, application: 0, host, localRank: 0, localSize: 1, core: undefined },
        command: ['program'],
        environment: {},
        workingDirectory: '/',
        hasInput: false,
      })
      record.started(100 + rank)
      return record
    })
  }

  /** Resolves when a cut has been found to be a failure: each by its rank, in order, until that of `last`. */
  function broken(records: readonly RankRecord[], last: number): { cuts: Cuts; found: Promise<number[]> } {
    const ranks: number[] = []
    let finish: (ranks: number[]) => void = () => {}
    const found = new Promise<number[]>((resolve) => (finish = resolve))
    const cuts = new Cuts(records, 0.5, (rank) => {
      ranks.push(rank)
      if (rank === last) finish(ranks)
    })
    return { cuts, found }
  }

  it('finds two ranks that have lost each other and go on', async () => {
    const { cuts, found } = broken(running(['here', 'here']), 0)
    cuts.heard(0, cut)
    expect(await found).to.deep.equal([0])
  })

  it('takes a rank that has ended, or said goodbye, for the end of its connections', async () => {
    const records = running(['here', 'here', 'here', 'here'])
    const { cuts, found } = broken(records, 3)
    cuts.heard(0, cut)
    cuts.heard(2, { ...cut, peer: 0 })
    cuts.heard(3, { ...cut, peer: 2 })
    records[1]?.ended({ code: 0, signal: undefined })
    const [first] = records
    if (first !== undefined) first.farewell = { type: 'ended', sent: [], received: [], confirmed: [], unreceived: [] }
    expect(await found).to.deep.equal([3])
  })

  it('waits a lease longer between hosts', async () => {
    const { cuts, found } = broken(running(['here', 'there']), 0)
    const since = performance.now()
    cuts.heard(0, cut)
    await found
    expect(performance.now() - since).to.be.at.least(1499)
  })

  it('decides nothing when the job is over', async () => {
    const { cuts, found } = broken(running(['here', 'here', 'here']), 2)
    cuts.heard(0, cut)
    cuts.stop()
    cuts.heard(2, cut)
    expect(await found).to.deep.equal([2])
  })
})
