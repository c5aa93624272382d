import { expect } from 'chai'
import { Departures } from '../../../src/p2p/departures.ts'
import { Peers } from '../../../src/p2p/peer.ts'
import { PostedProbe } from '../../../src/p2p/posted-probe.ts'
import type { Scope } from '../../../src/p2p/scope.ts'
import { ANY_SOURCE, ANY_TAG } from '../../../src/wire/envelope.ts'
import { SilentTransport } from '../../support/silent-transport.ts'

const OWN = 0
const ENDED = { how: 'ended', detail: '' } as const
const FAILED = { how: 'failed', detail: 'SIGKILL' } as const

const scopeOf = (...processes: number[]): Scope => ({
  name: 'some',
  processes,
  rankOf: (process) => processes.indexOf(process),
})

const waitingFor = (source: number, scope: Scope): PostedProbe =>
  new PostedProbe({ context: 0, source, tag: ANY_TAG }, scope, undefined)

describe('departures', () => {
  const peers = new Peers(new SilentTransport(), 4096, 16)
  const departures = new Departures(peers, OWN)
  const all = scopeOf(3, 2, 1, OWN)

  it('make nothing hopeless while there are none', () => {
    expect(departures.of(1)).to.equal(undefined)
    expect(departures.isHopeless(waitingFor(1, all))).to.equal(false)
    expect(departures.isHopeless(waitingFor(ANY_SOURCE, all))).to.equal(false)
  })

  it('are known once', () => {
    expect(departures.add(peers.get(1), FAILED)).to.equal(true)
    expect(departures.add(peers.get(1), ENDED)).to.equal(false)
    expect(departures.of(1)).to.equal(FAILED)
    expect(departures.of(2)).to.equal(undefined)
  })

  it('make hopeless what only that process could send, and say so by its rank in the communicator', () => {
    expect(departures.isHopeless(waitingFor(1, all))).to.equal(true)
    expect(departures.isHopeless(waitingFor(2, all))).to.equal(false)
    expect(departures.cause(waitingFor(1, all))).to.deep.equal({
      code: 'ERR_RANK_FAILED',
      text: 'cannot complete: rank 2 has failed (SIGKILL)',
    })
  })

  it('make a wildcard hopeless when all others of its communicator have left', () => {
    expect(departures.isHopeless(waitingFor(ANY_SOURCE, all))).to.equal(false)
    expect(departures.isHopeless(waitingFor(ANY_SOURCE, scopeOf(OWN, 1)))).to.equal(true)
    departures.add(peers.get(2), ENDED)
    departures.add(peers.get(3), ENDED)
    expect(departures.isHopeless(waitingFor(ANY_SOURCE, all))).to.equal(true)
    expect(departures.cause(waitingFor(ANY_SOURCE, all), peers.get(3))).to.deep.equal({
      code: 'ERR_RANK_EXITED',
      text: 'cannot complete: every other rank has ended',
    })
    expect(departures.cause(waitingFor(ANY_SOURCE, all), peers.get(1)).code).to.equal('ERR_RANK_FAILED')
  })

  it('never make a wildcard hopeless where this process is alone: it may send to itself', () => {
    expect(departures.isHopeless(waitingFor(ANY_SOURCE, scopeOf(OWN)))).to.equal(false)
  })
})
