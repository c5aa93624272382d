import { expect } from 'chai'
import { Gathering, hostOf } from '../../../../src/launcher/direct/gathering.ts'
import { PROTOCOL, type Newcomer } from '../../../../src/launcher/direct/messages.ts'
import { version } from '../../../../src/version.ts'

function newcomer(rank: number, host: string, more: Partial<Newcomer> = {}): Newcomer {
  return {
    protocol: PROTOCOL,
    version,
    rank,
    size: 4,
    instance: `i${rank}`,
    token: '',
    pid: 100 + rank,
    host: { name: host, id: `${host} boot` },
    via: 'tcp://10.0.0.1:4000',
    address: `10.0.0.${host.slice(1)}`,
    isChosen: false,
    ...more,
  }
}

function gathered(...newcomers: readonly Newcomer[]): Gathering {
  const gathering = new Gathering(4)
  for (const one of newcomers) expect(gathering.admit(one)).to.equal(undefined)
  return gathering
}

describe('ranks that gather', () => {
  it('are complete when all have come, in any order', () => {
    const gathering = gathered(newcomer(3, 'h2'), newcomer(0, 'h1'), newcomer(2, 'h1'))
    expect([gathering.isComplete, gathering.missing]).to.deep.equal([false, [1]])
    expect(gathering.admit(newcomer(1, 'h2'))).to.equal(undefined)
    expect([gathering.isComplete, gathering.missing]).to.deep.equal([true, []])
  })

  it('sit beside those of their host, however the launcher has dealt them out', () => {
    const gathering = gathered(newcomer(0, 'h1'), newcomer(1, 'h2'), newcomer(2, 'h1'), newcomer(3, 'h2'))
    const seats = gathering.seats()
    expect(seats.map(({ localRank }) => localRank)).to.deep.equal([0, 0, 1, 1])
    expect(seats.map(({ neighbours }) => neighbours)).to.deep.equal([
      [0, 2],
      [1, 3],
      [0, 2],
      [1, 3],
    ])
  })

  it('have no address when all are on one host', () => {
    const gathering = gathered(...[0, 1, 2, 3].map((rank) => newcomer(rank, 'h1')))
    expect(gathering.seats().map(({ address }) => address)).to.deep.equal(Array(4).fill(undefined))
  })

  it('have on the host of rank 0 the address by which others have come, unless the user has chosen one', () => {
    const gathering = gathered(
      newcomer(0, 'h1', { via: 'tcp://172.17.0.1:4001', address: '172.17.0.1' }),
      newcomer(1, 'h1', { address: '192.168.7.1', isChosen: true }),
      newcomer(2, 'h2'),
      newcomer(3, 'h3'),
    )
    expect(gathering.seats().map(({ address }) => address)).to.deep.equal([
      '10.0.0.1',
      '192.168.7.1',
      '10.0.0.2',
      '10.0.0.3',
    ])
  })

  for (const [what, stranger, reason] of [
    ['another version', newcomer(1, 'h2', { version: '0.0.1' }), /^it has zmpi 0\.0\.1, rank 0 has zmpi/],
    ['a job of another size', newcomer(1, 'h2', { size: 5 }), /^it is rank 1 of 5, but rank 0 is one of 4$/],
    ['no such rank', newcomer(4, 'h2'), /^it is rank 4 of 4/],
    ['a negative rank', newcomer(-1, 'h2'), /^it is rank -1 of 4/],
    [
      'a rank that is there already',
      newcomer(0, 'h1', { instance: 'other', pid: 7 }),
      /^rank 0 is process 100 on h1 already, this is process 7 on h1: has a rank started another program/,
    ],
  ] as const)
    it(`do not admit ${what}`, () => {
      expect(gathered(newcomer(0, 'h1')).admit(stranger)).to.match(reason)
    })

  it('may come by several ways', () => {
    const gathering = gathered(newcomer(0, 'h1'))
    expect(gathering.admit(newcomer(0, 'h1', { via: 'tcp://10.0.1.1:4000' }))).to.equal(undefined)
    expect(gathering.missing).to.deep.equal([1, 2, 3])
  })

  it('know the host in an endpoint', () => {
    expect(hostOf('tcp://10.0.0.1:4000')).to.equal('10.0.0.1')
    expect(hostOf('tcp://[fe80::1]:4000')).to.equal('fe80::1')
    expect(hostOf('ipc://@zmpi-1')).to.equal('')
  })
})
