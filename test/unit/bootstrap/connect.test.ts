import { expect } from 'chai'
import { connect } from '../../../src/bootstrap/connect.ts'
import type { RankEnvironment } from '../../../src/bootstrap/environment.ts'
import { isMpiError } from '../../../src/errors.ts'
import { createSegment } from '../../../src/transport/shared-memory/segment.ts'
import { ZEROMQ_LIMITS } from '../../../src/transport/zeromq/limits.ts'
import { createKeys } from '../../../src/transport/zeromq/sockets.ts'
import type { Receiver } from '../../../src/transport/transport.ts'

const RANK: RankEnvironment = {
  rank: 0,
  size: 2,
  localRank: 0,
  localSize: 2,
  neighbours: [0, 1],
  job: 5,
  directory: '/nowhere',
  controlFd: 3,
  segment: '',
  transport: 'shm',
  logLevel: 'silent',
}
const NETWORK = { bind: 'tcp://127.0.0.1:*', keys: createKeys() }
const RECEIVER: Receiver = { packet: () => {}, lost: () => {} }

function open(environment: Partial<RankEnvironment>, spin?: string): ReturnType<typeof connect> {
  const entered = { ...RANK, ...environment }
  return connect(
    { environment: entered, network: entered.localSize < entered.size ? NETWORK : undefined },
    spin,
    RECEIVER,
    () => Promise.reject(new Error('nobody')),
  )
}

describe('connect', () => {
  it('opens shared memory and nothing else for the ranks of one host', async () => {
    const segment = createSegment(2, RANK.job)
    if (typeof segment === 'string') throw new Error(segment)
    const { transport } = open({ segment: segment.path })
    expect(transport.expose(1, new Uint8Array(100))).to.equal(undefined)
    expect(transport.limits(1).eagerBytes).to.be.at.least(8192)
    // ZeroMQ could not bind in a directory that does not exist: nothing tries to.
    await transport.close()
    segment.close()
  })

  for (const [what, environment, reason] of [
    ['zmpirun has created none', {}, 'it could not be created'],
    ['the others are on other hosts', { segment: '/proc/1/fd/1', localSize: 1 }, 'no other rank is on this host'],
    ['it cannot be opened', { segment: '/nowhere/segment' }, 'ENOENT'],
  ] as const) {
    it(`fails when only shared memory is wanted and ${what}`, () => {
      let error: unknown = undefined
      try {
        open(environment)
      } catch (thrown) {
        error = thrown
      }
      expect(isMpiError(error) && error.code).to.equal('ERR_LAUNCH')
      expect((error as Error).message)
        .to.include('--transport shm')
        .and.include(reason)
    })
  }

  it('falls back to ZeroMQ, whose failure it tells', async () => {
    const { transport, address } = open({ transport: 'auto' })
    const failure = await address.then(
      () => 'opened',
      (error: unknown) => String(error),
    )
    expect(failure).to.not.equal('opened')
    await transport.close()
  })

  it('opens ZeroMQ at once, where the network is, when ranks are on other hosts', async () => {
    const { transport, address } = open({ transport: 'auto', size: 3, localSize: 1, neighbours: [0] })
    expect(await address).to.match(/^tcp:\/\/127\.0\.0\.1:\d+$/)
    await transport.close()
  })

  it('sends as much at once to each rank as its own way carries', async () => {
    const segment = createSegment(2, RANK.job)
    if (typeof segment === 'string') throw new Error(segment)
    const { transport, address } = open({ transport: 'auto', size: 3, segment: segment.path })
    await address
    expect(transport.limits(2)).to.deep.equal(ZEROMQ_LIMITS)
    expect(transport.limits(1).fragmentBytes).to.be.lessThan(ZEROMQ_LIMITS.fragmentBytes)
    await transport.close()
    segment.close()
  })

  for (const spin of ['', ' ', 'long', '-1', 'NaN', 'Infinity'])
    it(`refuses ZMPI_SPIN=${JSON.stringify(spin)}`, () => {
      expect(() => open({}, spin)).to.throw(RangeError, `ZMPI_SPIN is ${JSON.stringify(spin)}`)
    })
})
