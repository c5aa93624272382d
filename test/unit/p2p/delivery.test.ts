import { expect } from 'chai'
import { isMpiError } from '../../../src/errors.ts'
import { Arrival } from '../../../src/p2p/arrival.ts'
import { captureCallSite, type CallSite } from '../../../src/p2p/call-site.ts'
import { Delivery } from '../../../src/p2p/delivery.ts'
import { Disagreement } from '../../../src/p2p/disagreement.ts'
import { Glance } from '../../../src/p2p/glance.ts'
import { Link } from '../../../src/p2p/link.ts'
import { Outstanding } from '../../../src/p2p/outstanding.ts'
import { Peers } from '../../../src/p2p/peer.ts'
import { PostedReceive, type Wanted } from '../../../src/p2p/posted-receive.ts'
import type { Scope } from '../../../src/p2p/scope.ts'
import { bodyOf } from '../../../src/wire/body.ts'
import { Codec } from '../../../src/wire/codec.ts'
import type { TypedArray } from '../../../src/wire/element-type.ts'
import { FLAG_ANSWER, Header, Kind } from '../../../src/wire/header.ts'
import { Statuses } from '../../../src/p2p/statuses.ts'
import { SilentTransport } from '../../support/silent-transport.ts'

const PEER = 1
const VALUES = Float64Array.of(1.5, 2.5, 3.5)
const STATUS = { source: PEER, tag: 5, bytes: 24, count: 3, type: 'Float64Array' }
const scope: Scope = { name: 'world', processes: [0, PEER], rankOf: (process) => process }

/** Deliveries of which the tests see whether they end the receive. */
class Scene {
  readonly transport = new SilentTransport()
  readonly outstanding = new Outstanding(this.transport, new Glance(new Statuses()))
  readonly delivery: Delivery
  readonly #codec = new Codec()
  readonly #peers = new Peers(this.transport, 4096, 16)
  readonly #disagreement: Disagreement

  constructor() {
    const link = new Link(0, 7, this.transport)
    this.#disagreement = new Disagreement(link, this.#peers, () => [], this.outstanding)
    this.delivery = new Delivery(this.#codec, this.outstanding, this.#disagreement, new Statuses())
  }

  receive(wanted: Wanted, target?: TypedArray, signature = 0): { receive: PostedReceive; received: Promise<unknown> } {
    const receive = new PostedReceive(0, PEER, 5, wanted, target, signature, scope, 'receive')
    this.outstanding.begin()
    return { receive, received: receive.promise() }
  }

  /** The peer says what it has called, since it was asked. */
  answer(text: string): void {
    const body = Buffer.from(text)
    const header = Object.assign(new Header(), { kind: Kind.mismatch, tag: 5, flags: FLAG_ANSWER, bytes: body.length })
    this.#disagreement.packet(this.#peers.get(PEER), header, bodyOf(body))
  }

  /** Delivers a value as it would come in a packet. */
  async fromPacket(value: unknown, wanted: Wanted, target?: TypedArray): Promise<unknown> {
    const { type, bytes, body } = this.#codec.encode(value)
    const header = Object.assign(new Header(), { kind: Kind.eager, source: PEER, tag: 5, type, bytes })
    const { receive, received } = this.receive(wanted, target)
    this.delivery.fromPacket(receive, header, bodyOf(body))
    expect(this.outstanding.isAny).to.equal(false)
    return await received
  }

  /** Delivers a value that lies in memory already. */
  async fromMemory(value: TypedArray, wanted: Wanted, target?: TypedArray, site?: CallSite): Promise<unknown> {
    const { type, bytes } = this.#codec.encode(value)
    const { receive, received } = this.receive(wanted, target)
    receive.site = site
    this.delivery.fromMemory(receive, new Arrival(0, PEER, 5, type, bytes, 0, 0, false, false, value), value)
    expect(this.outstanding.isAny).to.equal(false)
    return await received
  }
}

function truncated(bytes: number, room = 0): string {
  return `receive from rank 1 (tag 5): message of ${bytes} bytes truncated to the ${room} bytes of the target`
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'resolved',
    (error: unknown) => (isMpiError(error) ? [error.code, error.message] : error),
  )
}

describe('a delivery', () => {
  it('gives a receive what it wants: the value, the message, or its status', async () => {
    const scene = new Scene()
    expect(await scene.fromPacket({ a: [1, 'b'] }, 'value')).to.deep.equal({ a: [1, 'b'] })
    expect(await scene.fromPacket(VALUES, 'message')).to.deep.equal({ ...STATUS, value: VALUES })
    expect(await scene.fromMemory(VALUES, 'value')).to.equal(VALUES)
    const target = new Float64Array(4)
    expect(await scene.fromPacket(VALUES, 'status', target)).to.deep.equal(STATUS)
    expect([...target]).to.deep.equal([...VALUES, 0])
    expect(await scene.fromMemory(VALUES, 'nothing', target.fill(0).subarray(1))).to.equal(undefined)
    expect([...target]).to.deep.equal([0, ...VALUES])
  })

  it('rejects a block of a collective that is longer or shorter than its target', async () => {
    for (const way of ['fromPacket', 'fromMemory'] as const)
      for (const length of [0, 2, 4])
        expect(await failure(new Scene()[way](VALUES, 'nothing', new Float64Array(length)))).to.deep.equal([
          'ERR_MISMATCH',
          `receive from rank 1: a block of 24 bytes does not fit into one of ${8 * length}`,
        ])
  })

  it('fills what fits of a target that is too small, and rejects', async () => {
    for (const way of ['fromPacket', 'fromMemory'] as const) {
      const target = new Float64Array(2)
      expect(await failure(new Scene()[way](VALUES, 'status', target))).to.deep.equal([
        'ERR_TRUNCATE',
        truncated(24, 16),
      ])
      expect([...target]).to.deep.equal([1.5, 2.5])
    }
  })

  it('says where a receive was called that it rejects, if that was noted', async () => {
    const short = new Float64Array(2)
    for (const [wanted, tag] of [
      ['status', ' (tag 5)'],
      ['nothing', ''],
    ] as const) {
      const outcome = await failure(new Scene().fromMemory(VALUES, wanted, short, captureCallSite()))
      expect(String(outcome)).to.match(/,receive at delivery\.test\.ts:\d+ from rank 1/)
      expect(outcome).to.have.property('1').that.includes(`from rank 1${tag}: `)
    }
  })

  it('fills nothing of a target whose memory was transferred meanwhile', async () => {
    for (const way of ['fromPacket', 'fromMemory'] as const)
      for (const values of [Int32Array.of(1, 2), new Int32Array(0), VALUES, new Float64Array(0)]) {
        const target = values.slice()
        structuredClone(target.buffer, { transfer: [target.buffer] })
        const outcome = await failure(new Scene()[way](values, 'status', target))
        if (values.length === 0) expect(outcome).to.equal('resolved')
        else expect(outcome).to.deep.equal(['ERR_TRUNCATE', truncated(values.byteLength)])
      }
  })

  it('rejects what is of another type than its target, which stays as it was', async () => {
    for (const way of ['fromPacket', 'fromMemory'] as const) {
      const target = new Int32Array(6)
      expect(await failure(new Scene()[way](VALUES, 'status', target))).to.deep.equal([
        'ERR_MISMATCH',
        'receive from rank 1 (tag 5): the message is a Float64Array, the target a Int32Array',
      ])
      expect([...target]).to.deep.equal([0, 0, 0, 0, 0, 0])
    }
  })

  it('does not end a receive of another collective: its fate is that of the disagreement', async () => {
    const scene = new Scene()
    const { receive, received } = scene.receive('nothing', undefined, 12)
    scene.delivery.elsewhere(receive, 13)
    expect(scene.outstanding.isAny).to.equal(true)
    expect(scene.transport.sent.map(({ kind, context, tag }) => [kind, context, tag])).to.deep.equal([
      [Kind.mismatch, 0, 5],
    ])
    scene.answer('a barrier')
    expect(await failure(received)).to.include('ERR_MISMATCH')
    expect(scene.outstanding.isAny).to.equal(false)
  })

  it('ends a receive of which what it waits for has come another way', async () => {
    const scene = new Scene()
    const { receive, received } = scene.receive('nothing', undefined, 12)
    scene.delivery.elsewhere(receive, 12)
    expect(await received).to.equal(undefined)
    expect(scene.outstanding.isAny).to.equal(false)
  })
})
