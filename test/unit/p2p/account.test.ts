import { expect } from 'chai'
import { Endpoint } from '../../../src/p2p/endpoint.ts'
import type { Scope } from '../../../src/p2p/scope.ts'
import { Header, Kind } from '../../../src/wire/header.ts'
import { SilentTransport } from '../../support/silent-transport.ts'

const PEER = 1
const scope: Scope = { name: 'world', processes: [0, PEER], rankOf: (process) => process }

describe('account of messages', () => {
  it('says that a peer has confirmed them, unless more were sent after it was asked', async () => {
    const transport = new SilentTransport()
    const limits = { windowBytes: 4096, windowSlots: 16, budgetBytes: 1 << 20 }
    const endpoint = new Endpoint({ rank: 0, size: 2, job: 7, ...limits, onLost: () => {} }, () => transport)
    const send = (): Promise<void> => endpoint.send(PEER, 0, 0, 'word', 0, false, scope, 'send')
    await send()
    const finished = endpoint.finish()
    // It asks when the sends are over.
    await new Promise((resolve) => setImmediate(resolve))
    expect(transport.sent.map(({ kind }) => kind)).to.deep.equal([Kind.eager, Kind.flush])
    const answer = Object.assign(new Header(), { source: PEER, job: 7, sequence: 0, kind: Kind.flushed })
    endpoint.packet(answer, { bytes: new Uint8Array(0), offset: 0, owned: false, memory: undefined })
    await finished
    expect(endpoint.activity.account()).to.deep.equal({ sent: [[PEER, 1]], received: [], confirmed: [PEER] })
    // As a collective does that the program has not awaited.
    await send()
    expect(endpoint.activity.account()).to.deep.equal({ sent: [[PEER, 2]], received: [], confirmed: [] })
  })
})
