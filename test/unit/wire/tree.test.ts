import { expect } from 'chai'
import { isDeepStrictEqual } from 'node:util'
import { isMpiError } from '../../../src/errors.ts'
import { Codec } from '../../../src/wire/codec.ts'
import { Code } from '../../../src/wire/payload.ts'
import {
  CHUNK_CHARACTERS,
  HEAD_WORDS,
  KEPT_BYTES,
  LONG_COUNT,
  MESSAGE_SHAPES,
  SHAPE_KEYS,
  Tag,
  TREE_DEPTH,
} from '../../../src/wire/tree.ts'

const codec = new Codec()

function sent(value: unknown): Uint8Array {
  const { type, bytes, body } = codec.encode(value)
  expect(type).to.equal(Code.tree)
  return new Uint8Array(body.buffer, body.byteOffset, bytes).slice()
}

function arrived(value: unknown): unknown {
  return new Codec().decode(Code.tree, sent(value))
}

/** A number, the keys of a new shape as text, or a tag with its count. */
type Word = number | string | readonly [tag: number, count?: number]

/** A message with these values, in chunks of these texts. A count of 255 or more is written as a number. */
function message(values: readonly Word[], texts: readonly string[] = [], blockBytes = 0): Buffer {
  const tags: number[] = []
  const numbers: number[] = []
  for (const value of values) {
    if (typeof value === 'number') {
      tags.push(Tag.number)
      numbers.push(value)
      continue
    }
    if (typeof value === 'string') {
      tags.push(Tag.shape, value.length)
      const words = Buffer.alloc(8 * Math.ceil(value.length / 8), value)
      for (let at = 0; at < words.length; at += 8) numbers.push(words.readDoubleLE(at))
      continue
    }
    const [tag, count] = value
    tags.push(tag)
    if (count === undefined) continue
    tags.push(count >= 0 && count < LONG_COUNT ? count : LONG_COUNT)
    if (tags.at(-1) === LONG_COUNT) numbers.push(count)
  }
  return parts(tags, numbers, texts, blockBytes)
}

function parts(
  tags: readonly number[],
  numbers: readonly number[] = [],
  texts: readonly string[] = [],
  blockBytes = 0,
): Buffer {
  const end = HEAD_WORDS + numbers.length
  const tagsAt = 8 * (end + texts.length) + blockBytes
  const words = Buffer.alloc(tagsAt)
  words.writeUInt32LE(end, 0)
  words.writeUInt32LE(texts.length, 4)
  words.writeDoubleLE(tagsAt, 8)
  words.writeDoubleLE(tagsAt + tags.length, 16)
  numbers.forEach((number, i) => words.writeDoubleLE(number, 8 * (HEAD_WORDS + i)))
  texts.forEach((text, i) => words.writeUInt32LE(text.length, 8 * (end + i)))
  return Buffer.concat([words, Uint8Array.from(tags), Buffer.from(texts.join(''), 'latin1')])
}

function refuse(bytes: Uint8Array, reason: string): void {
  expect(() => codec.decode(Code.tree, bytes))
    .to.throw(`cannot be decoded: ${reason}`)
    .that.satisfies(isMpiError)
    .and.has.property('code', 'ERR_PROTOCOL')
}

describe('the form of trees', () => {
  it('tells the keys of many objects once', () => {
    const bytes = (count: number): number => sent(Array.from({ length: count }, (_, i) => ({ identity: i, i }))).length
    expect(bytes(1001) - bytes(1000)).to.equal(4 + 2 * 8)
  })

  it('carries strings of any characters, wherever their chunks end', () => {
    for (const characters of ['x', 'é', '漢', '😀', '\ud83d', '\ude00', '\ufeff', '\0'])
      for (const length of [1, 2, CHUNK_CHARACTERS - 1, CHUNK_CHARACTERS, CHUNK_CHARACTERS + 1]) {
        const text = characters.repeat(length)
        const value = ['a', text, '', 'é', text, '\ud83d', '\ude00', { [text]: text }, '漢字', 'end']
        expect(arrived(value)).to.deep.equal(value)
      }
  })

  it('carries objects of any number of keys and of shapes', () => {
    const record = (shape: number, keys: number): object =>
      Object.fromEntries(Array.from({ length: keys }, (_, i) => [`${shape} ${i}`, i]))
    for (const keys of [0, 1, 7, 8, 9, SHAPE_KEYS, SHAPE_KEYS + 1]) {
      const value = Array.from({ length: 3 * MESSAGE_SHAPES }, (_, i) => record(i % (2 * MESSAGE_SHAPES), keys))
      expect(arrived(value)).to.deep.equal(value)
      // As they were before.
      expect(Object.keys((arrived(value) as object[])[5] as object)).to.deep.equal(Object.keys(value[5] as object))
    }
  })

  it('carries keys of any characters', () => {
    const keys = [
      '',
      '\0',
      'a\0',
      '\0a',
      '\ufeff',
      'é',
      '漢',
      '😀',
      '\ud83d',
      '\ude00',
      '\ufffd',
      'constructor',
      '-1',
      '1',
      '"',
      '\\',
    ]
    for (const a of keys)
      for (const b of keys) {
        const value = [{ [a]: 1 }, { [b]: 1, [a]: 2 }, {}, { [a]: 1, x: 2, [b]: 3 }]
        const copy = arrived(value) as object[]
        expect(copy).to.deep.equal(value)
        expect(copy.map(Object.keys)).to.deep.equal(value.map(Object.keys))
      }
  })

  it('tells apart objects whose keys differ in one place only', () => {
    const value = [{ a: 1, b: 2, c: 3 }, { a: 1, x: 2, c: 3 }, { a: 1, b: 2 }, { c: 1, b: 2, a: 3 }, { a: 1, b: 2, c: 4 }] // prettier-ignore
    expect(arrived(value)).to.deep.equal(value)
    expect((arrived(value) as object[]).map((object) => Object.keys(object).join(''))).to.deep.equal(['abc', 'axc', 'ab', 'cba', 'abc']) // prettier-ignore
  })

  it('carries typed arrays of any length beside each other, in one copy of their bytes', () => {
    const value = Array.from({ length: 20 }, (_, i) => [new Uint8Array(i).fill(i), new Float64Array(i).fill(i), Buffer.alloc(i, i)]) // prettier-ignore
    expect(arrived(value)).to.deep.equal(value)
    const large = { name: 'é', data: new Float64Array(KEPT_BYTES / 8).fill(0.5) }
    const { body, isLasting } = codec.encode(large)
    expect(isLasting).to.equal(true)
    expect(body.byteLength).to.be.below(KEPT_BYTES + 200)
    expect(body.buffer.byteLength - body.byteLength).to.be.below(8)
    expect(arrived(large)).to.deep.equal(large)
  })

  it('carries what is as long as a count in one byte can tell, and longer', () => {
    for (const length of [LONG_COUNT - 1, LONG_COUNT, LONG_COUNT + 1]) {
      const list = Array.from({ length }, (_, i) => i)
      const value = [list, list.map(String), 'x'.repeat(length), new Set(list), new Map(list.map((i) => [i, i])), 1n << BigInt(4 * length - 1)] // prettier-ignore
      expect(isDeepStrictEqual(arrived(value), value), `length ${length}`).to.equal(true)
    }
  })

  it('makes room as it goes', () => {
    const many = (length: number): number[] => Array.from({ length }, (_, i) => i)
    for (const length of [8180, 8181, 8182, 8183, 8184, 8185, 8186, 8187, 8188, 8189, 8190, 8191, 8192, 8193, 100_000])
      for (const value of [
        many(length),
        many(length).map(String),
        [many(length), 'text', [many(length - 1), { x: 'é'.repeat(length) }], new Uint8Array(length)],
      ]) {
        const { type, bytes, body } = new Codec().encode(value)
        const copy = new Codec().decode(type, new Uint8Array(body.buffer, body.byteOffset, bytes))
        expect(isDeepStrictEqual(copy, value), `length ${length}`).to.equal(true)
      }
  })

  it('shows nothing of the memory between them', () => {
    codec.encode('\u00ff'.repeat(1000))
    const bytes = sent([new Uint8Array(1), new Uint8Array(1), 1])
    const blocks = 8 * (new Uint32Array(bytes.buffer, 0, 1)[0] as number)
    expect([...bytes.subarray(blocks, blocks + 16)]).to.deep.equal(Array.from({ length: 16 }, () => 0))
  })

  it('reads what was written by hand as it reads its own', () => {
    expect(codec.decode(Code.tree, message([5]))).to.equal(5)
    expect(codec.decode(Code.tree, message(['a\0', [Tag.string, 2]], ['hi']))).to.deep.equal({ a: 'hi' }) // prettier-ignore
    expect(codec.decode(Code.tree, parts([Tag.block, 2], [3], [], 8))).to.deep.equal(new Uint8Array(3))
  })

  for (const [what, bytes, reason] of [
    ['no beginning', new Uint8Array(23), 'its beginning is missing'],
    ['no value', message([]), 'it ends within the value'],
    ['no value before the text', parts([], [], [String.fromCharCode(Tag.null)]), 'it ends within the value'],
    ['text that begins within a byte', parts([Tag.null], [], ['ab']).fill(0x40, 16, 22), 'its parts are not in order'],
    ['two values', message([1, 2]), 'it holds more than a value'],
    ['an unknown tag', message([[Tag.outside + 1]]), 'it holds what no message carries'],
    ['more words than bytes', Buffer.concat([Buffer.from([9, 0, 0, 0, 0, 0, 0, 0]), new Uint8Array(16)]), 'its parts are not in order'], // prettier-ignore
    ['tags that begin within a byte', message([5]).fill(0x40, 8, 16), 'its parts are not in order'],
    ['tags that begin nowhere', message([5]).fill(0xff, 8, 16), 'its parts are not in order'],
    ['text that begins beyond the end', message([5]).fill(0x41, 16, 24), 'its parts are not in order'],
    ['a string without text', message([[Tag.string, 1]]), 'a string that is not there'],
    ['a string that is too long', message([[Tag.string, 3]], ['ab']), 'a string that is not there'],
    ['a string in a chunk that is none', Buffer.concat([message([[Tag.string, 1]], [], 8).fill(1, 24, 25), Buffer.from('x')]), 'a string that is not there'], // prettier-ignore
    ['a string in two chunks', message([[Tag.string, 2]], ['a', 'b']), 'a string that is not there'],
    ['a chunk that is too long', message([[Tag.string, 2]], ['ab']).subarray(0, -1), 'a string that is not there'],
    ['an array that is too long', message([[Tag.array, 2], 1]), 'it ends within the value'],
    ['a count below zero', parts([Tag.array, LONG_COUNT], [-1]), 'a count that is none'],
    ['a count of no number', parts([Tag.string, LONG_COUNT], [NaN]), 'a count that is none'],
    ['a count of half', parts([Tag.numbers, LONG_COUNT], [0.5, 1]), 'a count that is none'],
    ['a count that is missing', parts([Tag.array, LONG_COUNT]), 'it ends within the value'],
    ['a count that is cut off', parts([Tag.array]), 'it ends within the value'],
    ['an array of 2 ** 32 - 1', message([[Tag.array, 2 ** 32 - 1], 1]), 'it ends within the value'],
    ['numbers that are too many', message([[Tag.numbers, 2], 1]), 'it ends within the value'],
    ['a set that is too large', message([[Tag.set, 2 ** 32 - 1], 1]), 'it ends within the value'],
    ['a map that is too large', message([[Tag.map, 1], 1]), 'it ends within the value'],
    ['a dictionary that is too large', message([[Tag.dictionary, 2 ** 31], 1]), 'it ends within the value'],
    ['a key that is a number', message([[Tag.dictionary, 1], 1, 1]), 'a key that no message carries'],
    ['a key that is a prototype', message([[Tag.dictionary, 1], [Tag.string, 9], 1], ['__proto__']), 'a key that no message carries'], // prettier-ignore
    ['a prototype in a shape', message(['__proto__\0', 1]), 'no keys of a shape'],
    ['a key without an end', message(['a\0b', 1, 1]), 'no keys of a shape'],
    ['a shape of too many keys', message(['a\0'.repeat(SHAPE_KEYS + 1), ...Array.from({ length: SHAPE_KEYS + 1 }, () => 1)]), 'no keys of a shape'], // prettier-ignore
    ['more shapes than a message has', message([[Tag.array, MESSAGE_SHAPES + 1], ...Array.from({ length: MESSAGE_SHAPES + 1 }, () => '')]), 'more shapes'], // prettier-ignore
    ['a shape that is cut off', parts([Tag.shape, 9, Tag.null], [1]), 'it ends within the value'],
    ['a shape of half a byte', parts([Tag.shape, LONG_COUNT, Tag.null], [0.5, 1]), 'a count that is none'],
    ['an object without its values', message(['a\0']), 'it ends within the value'],
    ['a shape that was not told', message([[Tag.object, 0]]), 'a shape that was not told'],
    ['digits that are none', message([[Tag.bigint, 2]], ['-1']), ''],
    ['a date without time', message([[Tag.date]]), 'it ends within the value'],
    ['a block that is too long', parts([Tag.block, 2], [9], [], 8), 'a block that is not there'],
    ['a block of negative length', parts([Tag.block, 2], [-8], [], 8), 'a block that is not there'],
    ['a block of a length that is no number', parts([Tag.block, 2], [NaN], [], 8), 'a block that is not there'],
    ['a block of half a byte', parts([Tag.block, 2], [0.5], [], 8), 'a block that is not there'],
    ['a block of no raw type', parts([Tag.block, 15], [8], [], 8), 'a block that is not there'],
    ['a block of half an element', parts([Tag.block, 9], [4], [], 8), ''],
    ['values that are nested too deep', message([...Array.from({ length: TREE_DEPTH + 2 }, () => [Tag.array, 1] as const), 1]), 'it is nested too deep'], // prettier-ignore
  ] as const)
    it(`refuses ${what}`, () => refuse(bytes, reason))

  it('needs the keys of no other message, even after thousands of them', () => {
    const all = Array.from({ length: 2000 }, (_, i) => sent({ [`key ${i}`]: i }))
    const receiver = new Codec()
    for (const i of [0, 1999, 5, ...all.keys(), 0])
      expect(receiver.decode(Code.tree, all[i] as Uint8Array)).to.deep.equal({ [`key ${i}`]: i })
  })
})
