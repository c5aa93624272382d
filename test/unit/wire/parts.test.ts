import { expect } from 'chai'
import { isDeepStrictEqual } from 'node:util'
import { isMpiError } from '../../../src/errors.ts'
import { Codec, type Encoded } from '../../../src/wire/codec.ts'
import { TYPED_ARRAYS } from '../../../src/wire/element-type.ts'
import { PART_BYTES, Parts, partsOf } from '../../../src/wire/parts.ts'
import { Code } from '../../../src/wire/payload.ts'
import { Random } from '../../support/random.ts'

/** The types of TypeScript do not know it yet. */
const Resizable = ArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => ArrayBuffer & { resize(length: number): void }

const codec = new Codec()
const HEAD_BYTES = 16

/** Bytes that differ from their neighbours. */
function patterned(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255)
}

function piecesOf({ type, bytes, body, rest }: Encoded): ArrayBufferView[] {
  expect(type).to.equal(Code.parts)
  const pieces = [body, ...rest]
  expect(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)).to.equal(bytes)
  return pieces
}

/** The bytes of a message in parts. */
function sent(value: unknown): Buffer {
  const pieces = piecesOf(codec.encode(value, 0))
  return Buffer.concat(
    pieces.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  )
}

/** What comes of these bytes at once, and of the same in pieces. */
function arrivals(bytes: Uint8Array): unknown[] {
  const random = new Random(bytes.length)
  const pieces = new Parts(bytes.length)
  for (let at = 0; at < bytes.length;) {
    const length = 1 + random.below(random.pick([3, 40, 2 * PART_BYTES]))
    pieces.add(bytes.subarray(at, at + length))
    at += length
  }
  expect(pieces.isWhole).to.equal(true)
  const odd = new Uint8Array(bytes.length + 3)
  odd.set(bytes, 3)
  return [new Codec().decode(Code.parts, odd, 3), new Codec().join(pieces)]
}

function expectCarried(value: unknown): void {
  const bytes = sent(value)
  for (const copy of arrivals(bytes)) expect(isDeepStrictEqual(copy, value)).to.equal(true)
}

/** A message in parts whose first words are changed. */
function spoilt(value: unknown, words: Readonly<Record<number, number>>): Buffer {
  const bytes = sent(value)
  for (const [at, word] of Object.entries(words)) bytes.writeDoubleLE(word, 8 * Number(at))
  return bytes
}

function refuse(bytes: Uint8Array, reason: string): void {
  const ways = [() => codec.decode(Code.parts, bytes), () => codec.join(partsOf(bytes.length, [bytes]))]
  for (const [way, decode] of ways.entries()) {
    let failure: unknown
    try {
      decode()
    } catch (error) {
      failure = error
    }
    expect(String(failure)).to.include(reason)
    if (way === 0) expect(isMpiError(failure) && failure.code).to.equal('ERR_PROTOCOL')
  }
}

describe('a message in parts', () => {
  it('carries large blocks of every type, of any length in bytes', () => {
    for (const type of TYPED_ARRAYS) {
      const array = new type(PART_BYTES / type.BYTES_PER_ELEMENT + 1)
      new Uint8Array(array.buffer).set(patterned(array.byteLength))
      expectCarried({ array })
    }
    for (const length of [PART_BYTES, PART_BYTES + 1, PART_BYTES + 7, 3 * PART_BYTES - 1]) {
      const bytes = patterned(length)
      expectCarried([bytes, Buffer.from(bytes), bytes.buffer.slice(0), new DataView(bytes.buffer.slice(0))])
    }
  })

  it('carries them anywhere in a value, beside small and empty ones, in their order', () => {
    const large = (seed: number): Float64Array => new Float64Array(PART_BYTES / 8 + seed).fill(seed)
    const small = [new Uint8Array(0), new Float64Array(3), Buffer.alloc(PART_BYTES - 1, 'x'), new ArrayBuffer(0)]
    expectCarried([
      large(1),
      ...small,
      { u: large(2), v: { w: [large(3), 'text', small.map((view) => view.slice(0))] } },
    ])
    expectCarried(new Map<unknown, unknown>([[large(1), new Set([large(2), 5n])], ['é'.repeat(5000), large(3)]])) // prettier-ignore
    expectCarried(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field ${i}`, large(i)])))
  })

  it('carries more of them than a call takes arguments', () => {
    // All of the same memory: a message of gigabytes otherwise.
    const memory = new ArrayBuffer(PART_BYTES)
    const value = Array.from({ length: 200_000 }, () => new Uint8Array(memory))
    const { bytes, rest } = codec.encode(value, 0)
    expect(rest).to.have.length(1 + value.length)
    expect(bytes).to.be.greaterThan(value.length * PART_BYTES)
  })

  it('takes a subarray for what it shows, and leaves out the rest', () => {
    const value = {
      part: new Float64Array(4 * PART_BYTES)
        .fill(1)
        .fill(2, 5, 5 + PART_BYTES)
        .subarray(5, 5 + PART_BYTES),
    }
    expect(sent(value).length).to.be.within(8 * PART_BYTES, 8 * PART_BYTES + 200)
    expectCarried(value)
  })

  it('takes a block as it is when all has been read: a getter may have changed its length', () => {
    for (const length of [0, 8, PART_BYTES - 8, PART_BYTES, 3 * PART_BYTES]) {
      const memory = new Resizable(2 * PART_BYTES, { maxByteLength: 3 * PART_BYTES })
      const tracking = new Uint8Array(memory)
      const fixed = new Uint8Array(memory, 0, 2 * PART_BYTES)
      const value = { tracking, fixed, get more() { memory.resize(length); return 1 }, rest: patterned(PART_BYTES) } // prettier-ignore
      const expected = { tracking: new Uint8Array(length), fixed: new Uint8Array(length < 2 * PART_BYTES ? 0 : 2 * PART_BYTES) } // prettier-ignore
      for (const copy of arrivals(sent(value)))
        expect(isDeepStrictEqual(copy, { ...expected, more: 1, rest: patterned(PART_BYTES) })).to.equal(true)
    }
    const gone = new Uint8Array(PART_BYTES)
    const value = [gone, { get more() { return structuredClone(1, { transfer: [gone.buffer] }) } }, patterned(PART_BYTES)] // prettier-ignore
    for (const copy of arrivals(sent(value)))
      expect(isDeepStrictEqual(copy, [new Uint8Array(0), { more: 1 }, patterned(PART_BYTES)])).to.equal(true)
  })

  it('is made without a copy of the parts, and read into memory of which each fills its own', () => {
    const value = { step: 3, u: new Float64Array(PART_BYTES).fill(1), v: Buffer.alloc(PART_BYTES, 2) }
    const { rest } = codec.encode(value, 0)
    expect(rest.slice(1).map(({ buffer }) => buffer)).to.deep.equal([value.u.buffer, value.v.buffer])
    expect(rest[0]?.length).to.be.below(200)
    for (const copy of arrivals(sent(value)) as (typeof value)[])
      for (const { buffer, byteLength } of [copy.u, copy.v]) expect(buffer.byteLength).to.equal(byteLength)
  })

  it('is what only a tree becomes that is longer than the limit and has a large block', () => {
    const large = new Float64Array(PART_BYTES / 8)
    const tree = codec.encode({ large })
    expect([tree.type, tree.rest]).to.deep.equal([Code.tree, []])
    const { bytes } = tree
    expect(codec.encode({ large }, bytes).type).to.equal(Code.tree)
    expect(codec.encode({ large }, bytes - 1).type).to.equal(Code.parts)
    // So that nobody takes it for one that goes at once.
    expect(codec.encode({ large }, bytes - 1).bytes).to.be.at.least(bytes)
    expect(codec.encode({ large, again: large }, 0).type).to.equal(Code.graph)
    expect(codec.encode([large.subarray(1), 'x'.repeat(10 * PART_BYTES)], 0)).to.include({ type: Code.tree })
    expect(codec.encode(large, 0).type).to.equal(1 + TYPED_ARRAYS.indexOf(Float64Array))
    expect(codec.encode({ small: 1 }, 0))
      .to.include({ type: Code.tree })
      .and.to.have.property('rest').that.is.empty
  })

  it('shows nothing of the memory behind its tree', () => {
    codec.encode('\u00ff'.repeat(1000))
    for (let length = 0; length < 8; length++) {
      const bytes = sent(['x'.repeat(length), new Uint8Array(PART_BYTES)])
      const treeEnd = HEAD_BYTES + 8 + bytes.readDoubleLE(8)
      expect(treeEnd % 8).to.equal(0)
      expect(bytes.indexOf(0xff)).to.equal(-1)
      expect(bytes.length).to.equal(treeEnd + PART_BYTES)
    }
  })

  it('asks for memory only for what has been announced, part by part', () => {
    const bytes = sent({ u: patterned(PART_BYTES), v: patterned(PART_BYTES + 1) })
    const parts = new Parts(bytes.length)
    const places: number[] = []
    for (let at = 0; at < bytes.length;) {
      const { place } = parts
      places.push(place.length)
      place.set(bytes.subarray(at, at + place.length))
      at += place.length
      parts.advance(place.length)
    }
    expect(places).to.deep.equal([
      HEAD_BYTES,
      bytes.length - HEAD_BYTES - 2 * PART_BYTES - 1,
      PART_BYTES,
      PART_BYTES + 1,
    ])
    expect(parts.place.length).to.equal(0)
  })

  const two = [new Float64Array(PART_BYTES), new Uint16Array(PART_BYTES)]
  for (const [what, bytes, reason] of [
    ['nothing', new Uint8Array(0), 'its beginning is missing'],
    ['half a head', new Uint8Array(8), 'its beginning is missing'],
    ['no more than a head', sent(two).subarray(0, HEAD_BYTES), 'its beginning is missing'],
    ['no parts', spoilt(two, { 0: 0 }), 'its parts are not in order'],
    ['less than no parts', spoilt(two, { 0: -1 }), 'its parts are not in order'],
    ['half a part', spoilt(two, { 0: 0.5 }), 'its parts are not in order'],
    ['parts that are no number', spoilt(two, { 0: NaN }), 'its parts are not in order'],
    ['more parts than bytes', spoilt(two, { 0: 2 ** 40 }), 'its parts are not in order'],
    ['endless parts', spoilt(two, { 0: Infinity }), 'its parts are not in order'],
    ['a part more than there is', spoilt(two, { 0: 3 }), 'a part of no length'],
    ['a part less than there is', spoilt(two, { 0: 1 }), 'its parts are not as long as it is'],
    ['no tree', spoilt(two, { 1: 0 }), 'its parts are not in order'],
    ['a tree of half a word', spoilt(two, { 1: 12 }), 'its parts are not in order'],
    ['a tree of a length that is no number', spoilt(two, { 1: NaN }), 'its parts are not in order'],
    ['a tree that is longer than all', spoilt(two, { 1: 2 ** 40 }), 'its parts are not in order'],
    ['a tree that is longer than what is left', spoilt(two, { 1: 10 * PART_BYTES - 8 }), 'its parts are not in order'],
    ['a tree that reaches into the parts', spoilt(two, { 1: 1000 }), 'its parts are not as long as it is'],
    ['a part that is too long', spoilt(two, { 2: 8 * PART_BYTES + 8 }), 'its parts are not as long as it is'],
    ['a part that is too short', spoilt(two, { 2: 8 * PART_BYTES - 8 }), 'its parts are not as long as it is'],
    ['a part of no bytes', spoilt(two, { 2: 0, 3: 10 * PART_BYTES }), 'a part of no length'],
    ['a part of less than no bytes', spoilt(two, { 2: -8, 3: 10 * PART_BYTES + 8 }), 'a part of no length'],
    ['a part of half a byte', spoilt(two, { 2: 8 * PART_BYTES + 0.5, 3: 2 * PART_BYTES - 0.5 }), 'a part of no length'],
    ['a part of a length that is no number', spoilt(two, { 2: NaN }), 'a part of no length'],
    ['parts that are changed about', spoilt(two, { 2: 2 * PART_BYTES, 3: 8 * PART_BYTES }), 'a part that is not there'],
    ['its end missing', sent(two).subarray(0, -1), 'its parts are not as long as it is'],
    ['something behind its end', Buffer.concat([sent(two), new Uint8Array(8)]), 'its parts are not as long as it is'],
  ] as const)
    it(`is refused that holds ${what}`, () => refuse(bytes, reason))

  it('is refused whose tree takes more parts than there are, or fewer, or other than raw values', () => {
    const bytes = sent([patterned(PART_BYTES)])
    const tree = bytes.subarray(HEAD_BYTES + 8, HEAD_BYTES + 8 + bytes.readDoubleLE(8))
    // Tags: an array of one, outside, Uint8Array.
    const tags = tree.readDoubleLE(8)
    expect([...tree.subarray(tags, tags + 4)]).to.deep.equal([8, 1, 17, 2])
    const withTags = (...values: number[]): Buffer => {
      const copy = Buffer.from(bytes)
      copy.set(values, HEAD_BYTES + 8 + tags)
      return copy
    }
    refuse(withTags(8, 1, 17, 15), 'a part that is not there')
    refuse(withTags(8, 1, 16, 2), 'a block that is not there')
    refuse(withTags(8, 2, 2, 2), 'it holds more than a value')
    expect(() => codec.decode(Code.tree, tree)).to.throw('a part that is not there')
    const odd = sent([patterned(PART_BYTES + 1)])
    odd[HEAD_BYTES + 8 + tags + 3] = 9
    refuse(odd, 'no whole number of elements')
  })

  it('takes no more bytes than it said', () => {
    const bytes = sent([patterned(PART_BYTES)])
    const parts = partsOf(bytes.length, [bytes])
    expect(() => parts.add(new Uint8Array(1))).to.throw('it is longer than it said')
  })
})
