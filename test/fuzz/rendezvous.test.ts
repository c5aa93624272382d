/** A peer says anything about payloads that it has announced, in any order. */
import { expect } from 'chai'
import { Endpoint } from '../../src/p2p/endpoint.ts'
import { PostedReceive } from '../../src/p2p/posted-receive.ts'
import { isMpiError } from '../../src/errors.ts'
import type { Scope } from '../../src/p2p/scope.ts'
import { Codec } from '../../src/wire/codec.ts'
import { Header, Kind } from '../../src/wire/header.ts'
import { PART_BYTES } from '../../src/wire/parts.ts'
import { Code } from '../../src/wire/payload.ts'
import { Random } from '../support/random.ts'
import { SilentTransport } from '../support/silent-transport.ts'

const PEER = 1
const TAG = 5
const ADDRESS = 4096
const NUMBERS = 2
const scope: Scope = { name: 'world', processes: [0, PEER], rankOf: (process) => process }

const { body, rest } = new Codec().encode({ u: new Uint8Array(PART_BYTES + 5), v: new Float64Array(PART_BYTES) }, 0)
const MESSAGE = Buffer.concat(
  [body, ...rest].map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
)
const PADDED = Buffer.concat([MESSAGE, Buffer.alloc(MESSAGE.length)])
const PACKETS = 12
/** Each packet may have a message read whole: its numbers, its tree with the lengths, and two parts. */
const MOST_READS = 4 * PACKETS

/** Reads what it likes of the message, or nothing. */
class Whimsical extends SilentTransport {
  reads = 0
  readonly #random: Random
  readonly #refuses: boolean

  constructor(random: Random) {
    super()
    this.#random = random
    this.#refuses = random.chance(0.5)
  }

  override pull(_peer: number, address: number, target: Uint8Array): boolean {
    this.reads++
    if ((this.#refuses && this.#random.chance(0.3)) || this.reads > MOST_READS) return false
    const at = address - ADDRESS
    if (at + target.length > PADDED.length) throw new Error('it reads beyond what was exposed')
    if (this.#random.chance(0.9)) target.set(PADDED.subarray(at, at + target.length))
    else target.fill(this.#random.below(256))
    return true
  }
}

async function attack(random: Random): Promise<void> {
  const transport = new Whimsical(random)
  const receives: Promise<void>[] = []
  let problem = ''
  const onLost = (peer: number, reason: string): void => {
    problem = reason
    endpoint.departed(peer, { how: 'garbled', detail: reason })
  }
  const limits = { windowBytes: 1 << 20, windowSlots: 16, budgetBytes: 1 << 20 }
  const endpoint = new Endpoint({ rank: 0, size: 2, job: 7, ...limits, onLost }, () => transport)
  const type = random.chance(0.7) ? Code.parts : random.pick([1, 12, Code.tree])
  const bytes = random.pick([MESSAGE.length, MESSAGE.length, PART_BYTES])
  let at = 0
  for (let sequence = 0; sequence < PACKETS && problem === ''; sequence++) {
    if (random.chance(0.4)) {
      const receive = new PostedReceive(0, PEER, TAG, 'value', undefined, 0, scope, 'receive')
      const failed = (error: unknown): void => void expect(isMpiError(error), String(error)).to.equal(true)
      receives.push(endpoint.receive(receive).then(() => {}, failed))
    }
    const granted = transport.sent.findLast(({ kind }) => kind === Kind.grant)?.id ?? 0
    const header = Object.assign(new Header(), { source: PEER, job: 7, sequence, tag: TAG, type, bytes, id: 1 + random.below(NUMBERS) }) // prettier-ignore
    header.kind = random.pick([Kind.announce, Kind.expose, Kind.pushed, Kind.data, Kind.data])
    if (header.kind !== Kind.announce) {
      header.peerId = random.chance(0.9) ? granted : 0
      header.bytes = header.kind !== Kind.data ? 0 : random.chance(0.5) ? bytes - at : random.below(bytes - at + 1)
      header.offset = header.kind !== Kind.data ? ADDRESS : at
    }
    const piece = Uint8Array.from(PADDED.subarray(header.offset, header.offset + header.bytes))
    at = header.kind === Kind.announce ? 0 : Math.min(bytes, at + header.bytes)
    endpoint.packet(header, { bytes: header.kind === Kind.data ? piece : piece.subarray(0, 0), offset: 0, owned: random.chance(0.5), memory: undefined }) // prettier-ignore
  }
  endpoint.giveUp({ code: 'ERR_ABORTED', text: 'the case is over' })
  await Promise.all(receives)
  expect(transport.reads, 'a payload is read for ever').to.be.at.most(MOST_READS)
  // Nothing that a program could be blamed for.
  expect(problem).not.to.match(/is not|Cannot|undefined|bug|beyond/)
}

describe('nonsense about payloads that were announced', () => {
  it('fails the operations that wait for its sender, and nothing else', async () => {
    for (let seed = 0; seed < 2000; seed++) await attack(new Random(seed))
  })
})
