import { expect } from 'chai'
import { Endpoint } from '../../../src/p2p/endpoint.ts'
import { PostedReceive } from '../../../src/p2p/posted-receive.ts'
import type { Scope } from '../../../src/p2p/scope.ts'
import { Header, Kind } from '../../../src/wire/header.ts'
import { rawCodeOf } from '../../../src/wire/payload.ts'
import { SilentTransport } from '../../support/silent-transport.ts'

const PEER = 1
const FLOAT64 = rawCodeOf(new Float64Array(0)) as number
const VALUES = Float64Array.of(1.5, 2.5, 3.5)
const scope: Scope = { name: 'world', processes: [0, PEER], rankOf: (process) => process }

/** A rank whose peer says what a test wants. */
class Rank {
  readonly transport = new SilentTransport()
  readonly lost: string[] = []
  readonly endpoint = new Endpoint(
    {
      rank: 0,
      size: 2,
      job: 7,
      windowBytes: 4096,
      windowSlots: 16,
      budgetBytes: 1 << 20,
      onLost: (_, reason) => this.lost.push(reason),
    },
    () => this.transport,
  )
  #sequence = 0

  hear(fields: Partial<Header>, values = new Float64Array(0)): void {
    const header = Object.assign(new Header(), { source: PEER, job: 7, sequence: this.#sequence++ }, fields)
    this.endpoint.packet(header, { bytes: new Uint8Array(values.buffer), offset: 0, owned: false, memory: undefined })
  }

  announce(id: number): void {
    this.hear({ kind: Kind.announce, tag: 5, type: FLOAT64, bytes: 24, id })
  }

  supply(id: number): void {
    this.hear({ kind: Kind.data, peerId: 0, id, bytes: 24 }, VALUES)
  }

  receive(): Promise<unknown> {
    return this.endpoint.receive(new PostedReceive(0, PEER, 5, 'value', undefined, 0, scope, 'receive'))
  }

  sent(kind: Kind): Header[] {
    return this.transport.sent.filter((header) => header.kind === kind)
  }
}

describe('a backlog of small messages', () => {
  it('arrives before it is asked for: a receive finds the payload here', async () => {
    const rank = new Rank()
    rank.announce(3)
    rank.supply(3)
    expect(rank.sent(Kind.done).map(({ peerId }) => peerId)).to.deep.equal([3])
    expect(await rank.receive()).to.deep.equal(VALUES)
    expect(rank.sent(Kind.grant)).to.deep.equal([])
    expect(rank.endpoint.activity.isBusy).to.equal(false)
  })

  it('arrives when it has just been asked for', async () => {
    const rank = new Rank()
    const received = rank.receive()
    rank.announce(3)
    expect(rank.sent(Kind.grant)).to.have.length(1)
    rank.supply(3)
    expect(await received).to.deep.equal(VALUES)
    expect(rank.sent(Kind.done).map(({ peerId }) => peerId)).to.deep.equal([3])
    expect(rank.endpoint.activity.isBusy).to.equal(false)
    expect(rank.lost).to.deep.equal([])
  })

  it('arrives after its communicator was freed: it is dropped, and its credit goes back', () => {
    const rank = new Rank()
    for (let id = 3; id < 8; id++) rank.announce(id)
    rank.endpoint.forget(0, scope)
    expect(rank.sent(Kind.refuse)).to.have.length(5)
    for (let id = 3; id < 8; id++) rank.supply(id)
    expect(rank.lost).to.deep.equal([])
    expect(rank.sent(Kind.credit).reduce((sum, { credit }) => sum + credit, 0)).to.be.at.least(2048)
  })

  it('is told apart from nonsense by its length', () => {
    const rank = new Rank()
    rank.announce(3)
    rank.hear({ kind: Kind.data, peerId: 0, id: 3, bytes: 16 }, VALUES.subarray(0, 2))
    expect(rank.lost).to.deep.equal(['protocol error: 16 bytes at 0 where 24 bytes were announced'])
  })

  it('leaves when credit is back, each message once, whatever the receiver asks for meanwhile', async () => {
    const rank = new Rank()
    const sends = Array.from({ length: 6 }, (_, i) =>
      rank.endpoint.send(PEER, 0, 5, new Uint8Array(1000).fill(i), 0, false, scope, 'send'),
    )
    await Promise.all(sends)
    expect(rank.sent(Kind.eager)).to.have.length(2)
    const [first, ...others] = rank.sent(Kind.announce)
    expect(others).to.have.length(3)
    rank.hear({ kind: Kind.credit, credit: 2 * 1512, slots: 2 })
    expect(rank.sent(Kind.data).map(({ id, peerId }) => [id, peerId])).to.deep.equal([
      [first?.id, 0],
      [others[0]?.id, 0],
    ])
    rank.hear({ kind: Kind.grant, peerId: first?.id ?? 0, id: 9 })
    expect(rank.sent(Kind.data)).to.have.length(2)
    expect(rank.lost).to.deep.equal([])
    expect([...rank.endpoint.activity.buffered()]).to.have.length(4)
    for (const id of [first?.id, others[0]?.id]) rank.hear({ kind: Kind.done, peerId: id ?? 0 })
    expect([...rank.endpoint.activity.buffered()]).to.have.length(2)
    await rank.endpoint.close()
  })
})
