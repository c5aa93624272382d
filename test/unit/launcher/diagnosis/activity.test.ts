import { expect } from 'chai'
import { activityTable, stateText, type Activity } from '../../../../src/launcher/diagnosis/activity.ts'
import { receiveFrom, sendTo, state } from './states.ts'

const activity = (rank: number, what: string, fields: Partial<Activity> = {}): Activity => ({
  rank,
  host: 'h1',
  what,
  site: undefined,
  seconds: undefined,
  ...fields,
})

describe('activityTable', () => {
  it('has columns for ranks, host, state, time and place', () => {
    expect(
      activityTable([
        activity(0, 'computing'),
        activity(1, 'waits in receive(source 0, tag 1)', { seconds: 1.25, site: 'ring.ts:12' }),
      ]),
    ).to.deep.equal([
      'rank  host  state                              for    at',
      '0     h1    computing',
      '1     h1    waits in receive(source 0, tag 1)  1.3 s  ring.ts:12',
    ])
  })

  it('shows ranks that do the same as one row, with the longest time', () => {
    const same = [0, 1, 2, 5].map((rank) => activity(rank, 'waits in barrier()', { seconds: rank, site: 'a.ts:1' }))
    const [, row, ...rest] = activityTable([...same, activity(3, 'computing')])
    expect(row).to.match(/^0–2, 5 +h1 +waits in barrier\(\) +5\.0 s +a\.ts:1$/)
    expect(rest).to.have.length(1)
  })

  it('takes waits that differ in the rank at the other end for the same', () => {
    const ring = [0, 1, 2].map((rank) => activity(rank, `waits in receive(source ${(rank + 2) % 3}, tag 4)`))
    expect(activityTable(ring)[1]).to.match(/^0–2 +h1 +waits in receive\(source 0–2, tag 4\)$/)
  })

  it('keeps waits apart that differ in place or tag', () => {
    const table = activityTable([
      activity(0, 'waits in receive(source 1, tag 4)', { site: 'a.ts:1' }),
      activity(1, 'waits in receive(source 1, tag 4)', { site: 'a.ts:2' }),
      activity(2, 'waits in receive(source 1, tag 5)', { site: 'a.ts:1' }),
    ])
    expect(table).to.have.length(4)
  })

  it('counts the hosts of a row', () => {
    const table = activityTable([activity(0, 'computing'), activity(1, 'computing', { host: 'h2' })])
    expect(table[1]).to.match(/^0–1 +2 hosts +computing$/)
  })

  it('has a bearable length', () => {
    const table = activityTable(Array.from({ length: 100 }, (_, rank) => activity(rank, `tag ${rank}`)))
    expect(table).to.have.length(34)
    expect(table.at(-1)).to.equal('… and 68 ranks more')
  })
})

describe('stateText', () => {
  it('tells the first wait, where, and how many more there are', () => {
    expect(stateText(state([receiveFrom(1), receiveFrom(2)], { more: 3 }))).to.deep.equal({
      what: 'waits in receive(source 1, tag any) and 4 more operations',
      site: 'a.ts:1',
    })
  })

  it('tells what has not been received of a script that has ended', () => {
    expect(stateText(state([sendTo(1)], { phase: 'ending' })).what).to.equal(
      'ends, not received: send(destination 1, tag 0)',
    )
    expect(stateText(state([], { phase: 'ending' })).what).to.equal('ends, others are to answer')
  })

  it('tells in words what else a program waits for', () => {
    const resources = ['Timeout', 'Immediate', 'TCPServerWrap', 'FSReqCallback', 'Strange']
    expect(stateText(state([], { phase: 'elsewhere', resources })).what).to.equal(
      'waits for timers, a server, files, Strange',
    )
    expect(stateText(state([], { phase: 'elsewhere' })).what).to.equal('runs, does not communicate')
  })
})
