/** Headers, frames of ZeroMQ messages, and bodies that are values. */
import { MpiError } from '../../src/errors.ts'
import { unpack } from '../../src/transport/zeromq/frames.ts'
import type { Body } from '../../src/wire/body.ts'
import { Codec } from '../../src/wire/codec.ts'
import {
  bodyBytes,
  Header,
  HEADER_BYTES,
  HEADER_WORDS,
  LAST_KIND,
  readHeader,
  writeHeader,
} from '../../src/wire/header.ts'
import { memoryOf } from '../../src/wire/memory.ts'
import { PART_BYTES, Parts } from '../../src/wire/parts.ts'
import { Code, isRaw, take } from '../../src/wire/payload.ts'
import { HEAD_WORDS, Tag } from '../../src/wire/tree.ts'
import type { Random } from '../support/random.ts'
import { oddWord, spoil, type Target } from './target.ts'

const JOB = 7
const SOURCE = 3

function headerOf(random: Random): Header {
  const header = new Header()
  header.kind = 1 + random.below(LAST_KIND)
  header.job = JOB
  header.source = SOURCE
  header.bytes = random.below(100)
  for (const field of ['sequence', 'context', 'tag', 'id', 'peerId', 'credit', 'slots', 'offset'] as const)
    header[field] = random.below(2 ** 31)
  return header
}

function checkFields(header: Header): void {
  const { kind, tag, bytes, offset, sequence, context, id, peerId, credit, slots, type } = header
  if (kind < 1 || kind > LAST_KIND || tag < 0 || type > 255) throw new Error(`a header with ${JSON.stringify(header)}`)
  for (const number of [bytes, offset, sequence, context, id, peerId, credit, slots])
    if (!Number.isSafeInteger(number) || number < 0) throw new Error(`a header with ${JSON.stringify(header)}`)
}

const words = new Int32Array(HEADER_WORDS)
const header = new Header()

export const headers: Target = {
  name: 'headers',
  share: 250,
  attack: (random) => {
    writeHeader(headerOf(random), words, 0)
    for (let changes = random.below(5); changes > 0; changes--) words[random.below(HEADER_WORDS)] = oddWord(random)
    if (readHeader(words, 0, header) === undefined) checkFields(header)
  },
}

/** Sound packets, one after another as ZeroMQ frames hold them. */
function frameOf(random: Random): Uint8Array {
  const parts: Uint8Array[] = []
  for (let count = 1 + random.below(4); count > 0; count--) {
    const packet = headerOf(random)
    const place = new Int32Array(HEADER_WORDS)
    writeHeader(packet, place, 0)
    parts.push(new Uint8Array(place.buffer), new Uint8Array((bodyBytes(packet) + 7) & ~7))
  }
  parts.push(new Uint8Array(8))
  return Buffer.concat(parts)
}

const body: Body = { bytes: new Uint8Array(0), offset: 0, owned: false, memory: undefined }

export const frames: Target = {
  name: 'frames',
  share: 250,
  attack: (random) => {
    const first = spoil(frameOf(random), random).slice(random.chance(0.1) ? random.below(8) : 0)
    const second = random.chance(0.2) ? new Uint8Array(random.below(100)) : undefined
    let delivered = 0
    unpack(first, second, SOURCE, JOB, header, body, (packet, { bytes, offset }) => {
      checkFields(packet)
      if (packet.source !== SOURCE || packet.job !== JOB) throw new Error('a packet of somebody else')
      if (offset + bodyBytes(packet) > bytes.length) throw new Error(`a body beyond the end: ${JSON.stringify(packet)}`)
      if (++delivered > first.length / HEADER_BYTES) throw new Error('more packets than there is room for')
    })
  },
}

const codec = new Codec()
const CODES = [Code.tree, Code.graph, Code.number, Code.parts, ...Array.from({ length: 14 }, (_, i) => i + 1), 0, 200]
const VALUES: readonly unknown[] = [
  { x: 1, y: [1.5, 'text', null], at: new Date(5), big: 2n ** 70n },
  Array.from({ length: 20 }, (_, i) => ({ i, name: `n${i}`, set: new Set([i]) })),
  new Map<unknown, unknown>([[{ a: -0 }, [/x/g, new TypeError('bad', { cause: new RangeError('worse') })]]]),
  [Buffer.from('abc'), new Float64Array(3), new DataView(new ArrayBuffer(3)), '\ud800', 'ü'.repeat(50)],
  JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":{"__proto__":null}}'),
  Object.assign(Array.from({ length: 3 }), { 7: 1, key: 'also' }),
]
const CORPUS = VALUES.map((value) => {
  const { type, body: view, bytes } = codec.encode(value)
  return { type, bytes: new Uint8Array(view.buffer, view.byteOffset, bytes).slice() }
})
/** Beginnings of extensions, records, long arrays, maps and strings, and names that lead to prototypes. */
const TOKENS: readonly (readonly number[])[] = [
  [0xd4, 0x72, 0x40, 0x92],
  [0xd5, 0x72, 0x01, 0x00, 0x91],
  [0xd4, 0x65, 0, 0x92],
  [0x92, 0xd4, 0x78, 0, 0x92],
  [0xd6, 0x69, 0, 0, 0, 1],
  [0xd6, 0x70, 0, 0, 0, 1],
  [0xd6, 0x62, 0, 0, 0, 5],
  [0xd4, 0x73, 0],
  [0xc7, 9, 0x74, 8],
  [0xdd, 0, 0xff, 0xff, 0xff],
  [0xdf, 0, 0, 0xff, 0xff],
  [0xdc, 0xff, 0xff],
  [0xdb, 0xff, 0xff, 0xff, 0xff],
  [0xc9, 0xff, 0xff, 0xff, 0xff, 0x42],
  [0xa9, ...Buffer.from('__proto__')],
  [0xab, ...Buffer.from('constructor')],
  [0xa7, ...Buffer.from('valueOf')],
  [0x91, 0x91, 0x91, 0x91],
  [0x81, 0xa1, 0x61],
]

const TAGS = Object.values(Tag)
const TEXT = 'a b__proto__ff-1 []{}'

/** A tree of any tags, most counts small, before a text of which any part may be taken. */
function treeBytes(random: Random): Uint8Array {
  const tags = Uint8Array.from({ length: random.below(random.pick([4, 12, 40])) }, (_, i) =>
    random.chance(0.97) ? (i % 2 === 0 ? random.pick(TAGS) : random.below(random.pick([2, 6, 20]))) : random.below(256),
  )
  const numbers = random.below(9)
  const chunks = random.below(3)
  const tagsAt = 8 * (HEAD_WORDS + numbers + chunks) + (random.chance(0.5) ? 0 : 8 * random.below(9))
  const front = Buffer.alloc(tagsAt)
  front.writeUInt32LE(HEAD_WORDS + numbers, 0)
  front.writeUInt32LE(chunks, 4)
  front.writeDoubleLE(tagsAt, 8)
  front.writeDoubleLE(tagsAt + tags.length, 16)
  for (let i = 0; i < numbers; i++)
    front.writeDoubleLE(random.chance(0.8) ? random.below(20) : oddWord(random), 8 * (HEAD_WORDS + i))
  // The keys of a shape.
  if (numbers > 0 && random.chance(0.5))
    front.write(random.pick(['a\0b\0\0\0\0\0', 'a\0b\0c\0\0\0']), 8 * (HEAD_WORDS + random.below(numbers)))
  for (let i = 0; i < chunks; i++) front.writeUInt32LE(TEXT.length, 8 * (HEAD_WORDS + numbers + i))
  const bytes = Buffer.concat([front, tags, Buffer.from(TEXT.repeat(chunks), 'latin1')])
  return random.chance(0.8) ? bytes : spoil(bytes, random)
}

/** Lengths of parts, then a tree, then room for a part or two; most of it right. */
function partsBytes(random: Random): Uint8Array {
  const count = random.chance(0.9) ? random.below(3) : random.below(1000)
  const lengths = Array.from({ length: count }, () => PART_BYTES + (random.chance(0.7) ? 0 : random.below(3) - 1))
  const tree = random.chance(0.5) ? treeBytes(random) : outsideBytes(random, lengths)
  const room = random.chance(0.9) ? lengths.reduce((sum, length) => sum + length, 0) : random.below(3 * PART_BYTES)
  const treeBytesAt = 16 + 8 * count
  const bytes = Buffer.alloc(treeBytesAt + 8 * Math.ceil(tree.length / 8) + Math.min(room, 3 * PART_BYTES))
  const numbers = [count, 8 * Math.ceil(tree.length / 8), ...lengths]
  if (random.chance(0.3))
    numbers[random.below(numbers.length)] = random.chance(0.5) ? oddWord(random) : random.below(9) / 2 - 1
  for (const [at, word] of numbers.entries()) bytes.writeDoubleLE(word, 8 * at)
  bytes.set(tree, treeBytesAt)
  return bytes
}

/** A tree that holds an array of parts. */
function outsideBytes(random: Random, lengths: readonly number[]): Uint8Array {
  const tags = [Tag.array, lengths.length & 127, ...lengths.flatMap(() => [Tag.outside, random.below(16)])]
  const tagsAt = 8 * (HEAD_WORDS + lengths.length)
  const front = Buffer.alloc(tagsAt)
  front.writeUInt32LE(HEAD_WORDS + lengths.length, 0)
  front.writeDoubleLE(tagsAt, 8)
  front.writeDoubleLE(tagsAt + tags.length, 16)
  for (const [i, length] of lengths.entries()) front.writeDoubleLE(length, 8 * (HEAD_WORDS + i))
  const bytes = Buffer.concat([front, Uint8Array.from(tags)])
  return random.chance(0.8) ? bytes : spoil(bytes, random)
}

function valueBytes(random: Random): { type: number; bytes: Uint8Array } {
  if (random.chance(0.3)) return { type: Code.tree, bytes: treeBytes(random) }
  if (random.chance(0.1)) return { type: Code.parts, bytes: partsBytes(random) }
  if (random.chance(0.7)) {
    const { type, bytes } = random.pick(CORPUS)
    return { type: random.chance(0.8) ? type : random.pick(CODES), bytes: spoil(bytes, random) }
  }
  const tokens: number[] = []
  for (let count = 1 + random.below(8); count > 0; count--)
    tokens.push(...(random.chance(0.8) ? random.pick(TOKENS) : [random.below(256)]))
  const repeats = random.chance(0.002) ? 20_000 : 1
  return {
    type: random.pick(CODES),
    bytes: Buffer.concat(Array.from({ length: repeats }, () => Uint8Array.from(tokens))),
  }
}

/** As of a ring: amid other bytes. */
function decodeInPlace(type: number, bytes: Uint8Array, offset: number): unknown {
  const ring = Buffer.alloc(8 * Math.ceil((offset + bytes.length) / 8) + 64, 1)
  ring.set(bytes, offset)
  return codec.decode(type, ring, offset, bytes.length, memoryOf(ring))
}

/** As from a peer, in pieces. */
function joinPieces(bytes: Uint8Array, random: Random): unknown {
  const parts = new Parts(bytes.length)
  for (let at = 0, length; at < bytes.length; at += length) {
    length = 1 + random.below(random.pick([20, 200, 2 * PART_BYTES]))
    try {
      parts.add(bytes.subarray(at, at + length))
    } catch (error) {
      // It ends with the peer.
      throw error instanceof RangeError ? error : new MpiError('ERR_PROTOCOL', String(error))
    }
  }
  return codec.join(parts)
}

export const bodies: Target = {
  name: 'bodies',
  share: 200,
  attack: (random) => {
    const { type, bytes } = valueBytes(random)
    try {
      const value = isRaw(type)
        ? take(type, { bytes, offset: 0, owned: random.chance(0.5), memory: undefined }, bytes.length)
        : type === Code.parts && random.chance(0.5)
          ? joinPieces(bytes, random)
          : random.chance(0.5)
            ? codec.decode(type, bytes)
            : decodeInPlace(type, bytes, 8 * random.below(4))
      // What comes out is data: it can be sent again.
      codec.encode(value)
    } catch (error) {
      if (!(error instanceof MpiError) || error.code !== 'ERR_PROTOCOL') throw error
    }
  },
}
