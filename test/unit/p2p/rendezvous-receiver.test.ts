import { expect } from 'chai'
import { Endpoint } from '../../../src/p2p/endpoint.ts'
import { PostedReceive } from '../../../src/p2p/posted-receive.ts'
import type { Scope } from '../../../src/p2p/scope.ts'
import { Codec } from '../../../src/wire/codec.ts'
import { FLAG_IN_PACKETS, Header, Kind } from '../../../src/wire/header.ts'
import { PART_BYTES } from '../../../src/wire/parts.ts'
import { Code } from '../../../src/wire/payload.ts'
import { SilentTransport } from '../../support/silent-transport.ts'

const PEER = 1
const ADDRESS = 4096
const ID = 3
const scope: Scope = { name: 'world', processes: [0, PEER], rankOf: (process) => process }
const VALUE = { step: 3, u: new Float64Array(PART_BYTES).fill(1.5), v: Buffer.alloc(PART_BYTES + 3, 'v') }

function bytesOf(value: unknown): Buffer {
  const { body, rest } = new Codec().encode(value, 0)
  const pieces = [body, ...rest]
  return Buffer.concat(
    pieces.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  )
}

/** A rank that can read `exposed`, a message in parts, so many times. */
class Reading extends SilentTransport {
  readonly exposed: Uint8Array
  readonly reads: number[] = []
  #allowed: number
  invitations = 0

  constructor(exposed: Uint8Array, allowed: number) {
    super()
    this.exposed = exposed
    this.#allowed = allowed
  }

  override invite(): undefined {
    this.invitations++
  }

  override pull(_peer: number, address: number, target: Uint8Array): boolean {
    if (this.#allowed-- === 0) return false
    this.reads.push(target.length)
    target.set(this.exposed.subarray(address - ADDRESS, address - ADDRESS + target.length))
    return true
  }
}

class Scene {
  readonly transport: Reading
  readonly bytes: Buffer
  readonly lost: string[] = []
  readonly #endpoint: Endpoint
  #sequence = 0

  constructor(bytes: Buffer, allowed = Infinity) {
    this.bytes = bytes
    this.transport = new Reading(bytes, allowed)
    const onLost = (peer: number, reason: string): void => {
      this.lost.push(reason)
      this.#endpoint.departed(peer, { how: 'garbled', detail: reason })
    }
    const limits = { windowBytes: 1 << 20, windowSlots: 16, budgetBytes: 1 << 20 }
    this.#endpoint = new Endpoint({ rank: 0, size: 2, job: 7, ...limits, onLost }, () => this.transport)
  }

  receive(target?: Uint8Array): Promise<unknown> {
    const wanted = target === undefined ? 'message' : 'status'
    return this.#endpoint.receive(new PostedReceive(0, PEER, 5, wanted, target, 0, scope, 'receive'))
  }

  hear(fields: Partial<Header>, body: Uint8Array = new Uint8Array(0), owned = false): void {
    const header = Object.assign(new Header(), { source: PEER, job: 7, sequence: this.#sequence++ }, fields)
    this.#endpoint.packet(header, { bytes: body, offset: 0, owned, memory: undefined })
  }

  announce(bytes = this.bytes.length): void {
    this.hear({ kind: Kind.announce, tag: 5, type: Code.parts, bytes, id: ID })
  }

  expose(): void {
    this.hear({ kind: Kind.expose, peerId: this.granted, offset: ADDRESS })
  }

  /** The payload in packets of so many bytes. */
  data(fragmentBytes: number, owned = false): void {
    for (let offset = 0; offset < this.bytes.length; offset += fragmentBytes) {
      const piece = Uint8Array.from(this.bytes.subarray(offset, offset + fragmentBytes))
      this.hear({ kind: Kind.data, peerId: this.granted, bytes: piece.length, offset }, piece, owned)
    }
  }

  get granted(): number {
    return this.transport.sent.find(({ kind }) => kind === Kind.grant)?.id ?? 0
  }

  /** Flags of the grants that went out, and how often the sender was told that all is here. */
  get said(): { grants: number[]; done: number } {
    const { sent } = this.transport
    return {
      grants: sent.filter(({ kind }) => kind === Kind.grant).map(({ flags }) => flags),
      done: sent.filter(({ kind, peerId }) => kind === Kind.done && peerId === ID).length,
    }
  }
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'resolved',
    (error: Error & { code?: string }) => [error.code, error.message],
  )
}

describe('a payload in parts', () => {
  it('is read straight into the memory of each part, to which nobody else is invited to write', async () => {
    const scene = new Scene(bytesOf(VALUE))
    const received = scene.receive()
    scene.announce()
    scene.expose()
    expect(await received).to.deep.equal({ source: PEER, tag: 5, bytes: scene.bytes.length, count: 1, type: 'object', value: VALUE }) // prettier-ignore
    const { reads, invitations } = scene.transport
    expect(reads.slice(2)).to.deep.equal([VALUE.u.byteLength, VALUE.v.length])
    expect(reads.reduce((sum, bytes) => sum + bytes, 0)).to.equal(scene.bytes.length)
    expect(invitations).to.equal(0)
    expect(scene.said).to.deep.equal({ grants: [0], done: 1 })
  })

  it('is asked for in packets when a part cannot be read, from the beginning', async () => {
    for (const allowed of [0, 1, 2, 3])
      for (const fragmentBytes of [1000, PART_BYTES, 2 ** 24]) {
        const scene = new Scene(bytesOf(VALUE), allowed)
        const received = scene.receive()
        scene.announce()
        scene.expose()
        expect(scene.said).to.deep.equal({ grants: [0, FLAG_IN_PACKETS], done: 0 })
        scene.data(fragmentBytes, fragmentBytes > 1000)
        expect(await received).to.have.deep.property('value', VALUE)
        expect(scene.said.done).to.equal(1)
      }
  })

  it('fills no target, whatever its type, and is consumed', async () => {
    const scene = new Scene(bytesOf(VALUE))
    const target = new Uint8Array(scene.bytes.length)
    const received = scene.receive(target)
    scene.announce()
    scene.expose()
    const [code, text] = (await failure(received)) as [string, string]
    expect(code).to.equal('ERR_MISMATCH')
    expect(text.replace(/\.ts:\d+/, '.ts')).to.equal(
      'receive at rendezvous-receiver.test.ts from rank 1 (tag 5): the message is a object, the target a Uint8Array',
    )
    expect(scene.said.done).to.equal(1)
    expect(target.every((byte) => byte === 0)).to.equal(true)
  })

  for (const [what, spoil, reason] of [
    ['numbers', (bytes: Buffer) => bytes.writeDoubleLE(1e9, 0), 'its parts are not in order'],
    ['lengths', (bytes: Buffer) => bytes.writeDoubleLE(2 ** 40, 16), 'its parts are not as long as it is'],
  ] as const)
    it(`fails with all that waits for its sender when its ${what} make no sense`, async () => {
      for (const isRead of [true, false]) {
        const bytes = bytesOf(VALUE)
        spoil(bytes)
        const scene = new Scene(bytes)
        const received = scene.receive()
        scene.announce()
        if (isRead) scene.expose()
        else scene.hear({ kind: Kind.data, peerId: scene.granted, bytes: 1000 }, bytes.subarray(0, 1000))
        const [code, text] = (await failure(received)) as [string, string]
        expect(code).to.equal('ERR_PROTOCOL')
        expect(text).to.include(reason)
        expect(scene.lost).to.have.length(1)
        expect(scene.transport.dropped).to.include(PEER)
      }
    })

  it('fails the receive alone when its tree makes no sense, or there is none', async () => {
    const bytes = bytesOf(VALUE)
    bytes.fill(0xff, 16 + 16, 16 + 16 + 24)
    const scene = new Scene(bytes)
    const received = scene.receive()
    scene.announce()
    scene.expose()
    expect(await failure(received)).to.deep.equal([
      'ERR_PROTOCOL',
      `a message of ${bytes.length} bytes cannot be decoded: its parts are not in order`,
    ])
    for (const length of [0, 8, 16]) {
      const empty = scene.receive()
      scene.hear({ kind: Kind.announce, tag: 5, type: Code.parts, bytes: length, id: ID + 1 + length })
      const { id } = scene.transport.sent.findLast(({ kind }) => kind === Kind.grant) as Header
      if (length > 0) scene.hear({ kind: Kind.data, peerId: id, bytes: length }, new Uint8Array(length))
      expect(await failure(empty)).to.deep.equal([
        'ERR_PROTOCOL',
        `a message of ${length} bytes cannot be decoded: its beginning is missing`,
      ])
    }
    expect(scene.lost).to.deep.equal([])
  })
})
