import { expect } from 'chai'
import { Header, HEADER_WORDS, Kind, PROTOCOL_VERSION, readHeader, writeHeader } from '../../../src/wire/header.ts'
import { Random } from '../../support/random.ts'

const WORD = 2 ** 32 - 1
const LIMITS: Readonly<Record<keyof Header, readonly number[]>> = {
  kind: Object.values(Kind),
  job: [1, 2 ** 31 - 1],
  source: [0, 2 ** 31 - 1],
  sequence: [0, WORD],
  context: [0, WORD],
  tag: [0, 2 ** 31 - 1],
  type: [0, 255],
  flags: [0, 1, 2 ** 24 - 1],
  id: [0, WORD],
  peerId: [0, WORD],
  credit: [0, WORD],
  bytes: [0, 1, WORD, WORD + 1, Number.MAX_SAFE_INTEGER],
  offset: [0, 1, WORD, WORD + 1, Number.MAX_SAFE_INTEGER],
  signature: [0, WORD],
  slots: [0, WORD],
}

function written(fields: Partial<Header>): Int32Array {
  const words = new Int32Array(HEADER_WORDS)
  writeHeader(Object.assign(new Header(), { kind: Kind.eager }, fields), words, 0)
  return words
}

describe('header', () => {
  for (const [field, limits] of Object.entries(LIMITS))
    it(`carries ${field} from ${limits[0]} to ${limits.at(-1)} without touching the other fields`, () => {
      for (const limit of limits) {
        const header = Object.assign(new Header(), { kind: Kind.data, [field]: limit })
        const read = new Header()
        expect(readHeader(written(header), 0, read)).to.equal(undefined)
        expect(read).to.deep.equal(header)
      }
    })

  it('carries random fields, all at once, at any place', () => {
    const random = new Random(2)
    for (let round = 0; round < 1000; round++) {
      const header = new Header()
      for (const field of Object.keys(LIMITS) as (keyof Header)[]) {
        const most = Math.max(...LIMITS[field])
        header[field] = field === 'kind' ? random.pick(LIMITS.kind) : random.below(most)
      }
      const words = new Int32Array(5 * HEADER_WORDS).fill(-1)
      const at = random.below(4 * HEADER_WORDS)
      writeHeader(header, words, at)
      const read = new Header()
      expect(readHeader(words, at, read)).to.equal(undefined)
      expect(read).to.deep.equal(header)
      expect(words.filter((word) => word === -1).length).to.be.at.least(4 * HEADER_WORDS)
    }
  })

  it('is little-endian: the first bytes are kind, version, M, Z', () => {
    expect([...new Uint8Array(written({ kind: Kind.data }).buffer, 0, 4)]).to.deep.equal([
      Kind.data,
      PROTOCOL_VERSION,
      0x4d,
      0x5a,
    ])
  })

  const spoilt = (word: number, value: number): Int32Array => {
    const words = written({})
    words[word] = value
    return words
  }
  const first = written({})[0] as number

  for (const [what, words, complaint] of [
    ['a wrong magic', spoilt(0, first ^ 0x10000), 'bad magic 0x5a4c'],
    ['another version', spoilt(0, first + 256), `protocol version ${PROTOCOL_VERSION + 1}, this side speaks`],
    ['kind 0', spoilt(0, first & ~255), 'unknown packet kind 0'],
    ['a kind beyond the last', spoilt(0, first | 255), 'unknown packet kind 255'],
    ['a negative tag', spoilt(5, -1), 'tag -1 out of range'],
    ['a length beyond 2^53', spoilt(11, 0x20_0000), 'beyond 2^53'],
    ['an offset beyond 2^53', spoilt(13, -1), 'beyond 2^53'],
    ['nothing at all', new Int32Array(HEADER_WORDS), 'bad magic 0x0'],
  ] as const)
    it(`refuses ${what}`, () => {
      expect(readHeader(words, 0, new Header())).to.include(complaint)
    })

  it('reads whatever words without throwing, and accepts only fields in range', () => {
    const random = new Random(3)
    const header = new Header()
    const words = new Int32Array(HEADER_WORDS)
    let accepted = 0
    for (let round = 0; round < 20_000; round++) {
      for (let i = 0; i < HEADER_WORDS; i++) words[i] = random.word()
      // Half of them get past the first word, and half of those past the high words.
      if (random.chance(0.5)) words[0] = (first & ~255) | random.below(16)
      if (random.chance(0.5)) words[11] = words[13] = random.below(0x20_0000)
      if (readHeader(words, 0, header) !== undefined) continue
      accepted++
      expect(header.tag).to.be.within(0, 2 ** 31 - 1)
      expect(Number.isSafeInteger(header.bytes) && Number.isSafeInteger(header.offset)).to.equal(true)
      expect(Object.values(Kind)).to.include(header.kind)
    }
    expect(accepted).to.be.above(1000)
  })
})
