import { expect } from 'chai'
import { Endpoint } from '../../../src/p2p/endpoint.ts'
import { PostedReceive } from '../../../src/p2p/posted-receive.ts'
import type { Scope } from '../../../src/p2p/scope.ts'
import { isMpiError } from '../../../src/errors.ts'
import { FLAG_IN_PACKETS, Header, Kind } from '../../../src/wire/header.ts'
import { Code, rawCodeOf } from '../../../src/wire/payload.ts'
import { SilentTransport } from '../../support/silent-transport.ts'

const PEER = 1
const FLOAT64 = rawCodeOf(new Float64Array(0)) as number
const scope: Scope = { name: 'world', processes: [0, PEER], rankOf: (process) => process }

/** A rank whose peer says whatever a test wants. */
class Victim {
  readonly transport = new SilentTransport()
  readonly endpoint: Endpoint
  readonly reasons: string[] = []
  #sequence = 0

  constructor() {
    const onLost = (peer: number, reason: string, isGarbled: boolean): void => {
      this.reasons.push(reason)
      this.endpoint.departed(peer, { how: isGarbled ? 'garbled' : 'failed', detail: reason })
    }
    const limits = { windowBytes: 4096, windowSlots: 16, budgetBytes: 1 << 20 }
    this.endpoint = new Endpoint({ rank: 0, size: 2, job: 7, ...limits, onLost }, () => this.transport)
  }

  /** The peer's next packet, in order unless `fields` say otherwise. */
  hear(fields: Partial<Header>, body = new Uint8Array(0)): void {
    const header = Object.assign(new Header(), { source: PEER, job: 7, sequence: this.#sequence++ }, fields)
    this.endpoint.packet(header, { bytes: body, offset: 0, owned: false, memory: undefined })
  }

  /** The number under which it has asked for a payload. */
  get granted(): number {
    return this.transport.sent.find(({ kind }) => kind === Kind.grant)?.id ?? 0
  }

  receive(target?: Float64Array): Promise<unknown> {
    const wanted = target === undefined ? 'value' : 'status'
    return this.endpoint.receive(new PostedReceive(0, PEER, 5, wanted, target, 0, scope, 'receive'))
  }

  send(value: unknown): Promise<void> {
    return this.endpoint.send(PEER, 0, 5, value, 0, true, scope, 'send')
  }
}

async function expectGivenUp(victim: Victim, promise: Promise<unknown>, reason: RegExp): Promise<void> {
  const error: unknown = await promise.then(
    () => new Error('resolved'),
    (failure: unknown) => failure,
  )
  expect(isMpiError(error) && error.code, String(error)).to.equal('ERR_PROTOCOL')
  expect(victim.reasons).to.have.length(1)
  expect(victim.reasons[0]).to.match(reason)
  expect(victim.transport.dropped).to.include(PEER)
}

describe('a peer that speaks nonsense fails the operations that wait for it, with ERR_PROTOCOL:', () => {
  it('a gap in its packets', async () => {
    const victim = new Victim()
    const received = victim.receive()
    victim.hear({ kind: Kind.eager, tag: 5, sequence: 3 })
    await expectGivenUp(victim, received, /packet 3 where 0 was due/)
  })

  it('a kind of packet that belongs elsewhere', async () => {
    const victim = new Victim()
    const received = victim.receive()
    victim.hear({ kind: Kind.wake })
    await expectGivenUp(victim, received, /kind 11 does not belong here/)
  })

  it('an array of two and a half elements that nobody waits for', async () => {
    const victim = new Victim()
    const received = victim.receive()
    victim.hear({ kind: Kind.eager, tag: 6, type: FLOAT64, bytes: 20 }, new Uint8Array(20))
    await expectGivenUp(victim, received, /20 bytes are no whole number of elements/)
  })

  it('a message larger than any memory', async () => {
    const victim = new Victim()
    const received = victim.receive()
    victim.hear({ kind: Kind.announce, tag: 5, type: FLOAT64, bytes: 2 ** 50, id: 3 })
    victim.hear({ kind: Kind.data, peerId: victim.granted, bytes: 8 }, new Uint8Array(8))
    await expectGivenUp(victim, received, /no memory for a message of 1125899906842624 bytes/)
  })

  for (const [what, bytes, offset] of [
    ['beyond the end', 32, 0],
    ['out of order', 8, 16],
  ] as const)
    it(`a piece of a message ${what}`, async () => {
      const victim = new Victim()
      const received = victim.receive(new Float64Array(3))
      victim.hear({ kind: Kind.announce, tag: 5, type: FLOAT64, bytes: 24, id: 3 })
      victim.hear({ kind: Kind.data, peerId: victim.granted, bytes, offset }, new Uint8Array(bytes))
      await expectGivenUp(victim, received, /a piece of \d+ bytes at \d+ where 0 of 24 bytes are there/)
    })

  const bytes = 1 << 20
  const exposed = { kind: Kind.expose, offset: 4096 }
  const pushed = { kind: Kind.pushed, offset: bytes / 2 }
  const piece = (offset: number) => ({ kind: Kind.data, bytes: 1000, offset })
  for (const [what, type, packets, reason] of [
    ['memory to read, after packets', FLOAT64, [piece(0), exposed], /exposed memory .* 1000 bytes are there/],
    [
      'memory to read, after packets of parts',
      Code.parts,
      [piece(0), exposed],
      /exposed memory .* 1000 bytes are there/,
    ],
    ['memory to read, twice', FLOAT64, [exposed, exposed], /exposed memory .* 524288 bytes are there/],
    [
      'memory that it wrote, after packets',
      FLOAT64,
      [exposed, piece(bytes / 2), pushed],
      /written .* 525288 bytes are there/,
    ],
  ] as const)
    it(what, async () => {
      const victim = new Victim()
      Object.assign(victim.transport, { invite: () => 4096, pull: () => true })
      const received = victim.receive()
      victim.hear({ kind: Kind.announce, tag: 5, type, bytes, id: 3 })
      // Of a message in parts: one, and eight bytes of a tree.
      const body = new Uint8Array(Float64Array.from({ length: 125 }, (_, i) => [1, 8, bytes - 32][i] ?? 0).buffer)
      for (const packet of packets) victim.hear({ ...packet, peerId: victim.granted }, body)
      await expectGivenUp(victim, received, reason)
    })

  it('credit that it was never lent', async () => {
    for (const excess of [{ credit: 1 }, { slots: 1 }, { credit: 2 ** 32 - 1 }]) {
      const victim = new Victim()
      const received = victim.receive()
      victim.hear({ kind: Kind.credit, ...excess })
      await expectGivenUp(victim, received, /more than was due/)
    }
  })

  it('answers to a send that was never made, or is over, or were given before', async () => {
    for (const kind of [Kind.grant, Kind.done, Kind.refuse, Kind.expose, Kind.data]) {
      const victim = new Victim()
      const received = victim.receive()
      victim.hear({ kind, peerId: 77 })
      await expectGivenUp(victim, received, /unknown operation 77/)
    }
    const victim = new Victim()
    const sent = victim.send(new Float64Array(4096))
    victim.hear({ kind: Kind.grant, peerId: 1, id: 9 })
    victim.hear({ kind: Kind.grant, peerId: 1, id: 9, flags: FLAG_IN_PACKETS })
    await expectGivenUp(victim, sent, /second grant for operation 1/)
  })
})
