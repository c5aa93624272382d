import { expect } from 'chai'
import { Packr } from 'msgpackr'
import { inspect, isDeepStrictEqual, types } from 'node:util'
import { runInNewContext } from 'node:vm'
import { isMpiError, MpiError } from '../../../src/errors.ts'
import { Codec } from '../../../src/wire/codec.ts'
import { TYPED_ARRAYS } from '../../../src/wire/element-type.ts'
import { flatten } from '../../../src/wire/flatten.ts'
import { memoryOf } from '../../../src/wire/memory.ts'
import { Code, isRaw, typeNameOf } from '../../../src/wire/payload.ts'
import { KEPT_BYTES } from '../../../src/wire/tree.ts'
import { Random } from '../../support/random.ts'

const codec = new Codec()

interface Sent {
  readonly type: number
  readonly bytes: Uint8Array
}

function sent(value: unknown): Sent {
  const { type, bytes, body } = codec.encode(value)
  expect(body.byteLength).to.equal(bytes)
  return { type, bytes: new Uint8Array(body.buffer, body.byteOffset, bytes).slice() }
}

/** What arrives, in another process. */
function arrived<T>(value: T): T {
  const { type, bytes } = sent(value)
  return new Codec().decode(type, bytes) as T
}

function expectCarried(value: unknown): void {
  const copy = arrived(value)
  // Object.is for what is inside too: −0 is not 0, a hole is not undefined, prototypes count.
  expect(isDeepStrictEqual(copy, value), `${inspect(value)} arrived as ${inspect(copy)}`).to.equal(true)
}

describe('Codec', () => {
  describe('carries', () => {
    const record = { x: 1, y: 2, name: 'abc' }
    const records = Array.from({ length: 1000 }, (_, id) => ({ id, value: id * 1.5, name: `record ${id}` }))
    const holes: unknown[] = [1]
    holes[4] = 5
    const emptySlots = (length: number): unknown[] => Object.assign([], { length })
    const match = /(?<word>b+)/.exec('abbb')

    for (const [what, values] of Object.entries<readonly unknown[]>({
      numbers: [
        0,
        1,
        -1,
        63,
        64,
        127,
        128,
        255,
        256,
        2 ** 31,
        -(2 ** 31),
        2 ** 32,
        2 ** 53 + 2,
        0.1,
        5e-324,
        Number.MAX_VALUE,
      ],
      'odd numbers': [NaN, Infinity, -Infinity, -0],
      'odd numbers inside': [[NaN, Infinity, -Infinity, -0], { zero: -0 }, new Set([NaN]), new Map([[-0, -0]])],
      'integers inside': [
        [0, 63, 64, 127, 128, 65_535, 65_536, 2 ** 31, 2 ** 32, -32, -33, -128, -129, -32_769, -(2 ** 31) - 1],
      ],
      'booleans, null and undefined': [true, false, null, undefined, [undefined, null], { a: undefined, b: null }],
      bigints: [
        0n,
        -1n,
        2n ** 63n - 1n,
        2n ** 63n,
        2n ** 64n,
        -(2n ** 63n),
        -(2n ** 63n) - 1n,
        3n ** 5000n,
        -(3n ** 5000n),
      ],
      'bigints inside': [
        [2n ** 200n, -(2n ** 200n), 2n ** 64n - 1n, 5n],
        { big: 2n ** 65_536n, less: -(2n ** 65_537n) },
      ],
      strings: [
        '',
        'abc',
        'é',
        '漢字',
        '😀',
        '\0',
        'x'.repeat(31),
        'x'.repeat(32),
        'é'.repeat(100),
        'x'.repeat(70_000),
      ],
      'strings that UTF-8 cannot carry': ['\ud800', 'a\udc00b', ['\ud800'], { key: '\udfff' }, new Set(['\ud83d'])],
      'a byte order mark': ['\ufeff', `\ufeff${'x'.repeat(100)}`, [`\ufeff${'é'.repeat(30)}`, `\ufeff`]],
      'plain objects': [{}, record, { a: { b: { c: [1, { d: 2 }] } } }, { 1: 'a', 0: 'b', x: 'c' }],
      'awkward keys': [
        { '': 1, constructor: 2, hasOwnProperty: 3, toJSON: 4, length: 5 },
        JSON.parse('{"__proto__":{"polluted":1},"b":[{"__proto__":2}]}'),
        Array.from({ length: 10 }, () => [{ __keys__: 1 }, {}, { x: 1 }, { x: 1, __keys__: 2 }]),
        { '\ud800': 1 },
        { [`\ufeff${'k'.repeat(70)}`]: 1 },
      ],
      'objects with many keys': [
        Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key ${i}`, i])),
        Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`key ${i}`, i])),
      ],
      'null-prototype objects': [Object.assign(Object.create(null) as object, { a: 1 }), match?.groups],
      arrays: [
        [],
        [1, 2, 3],
        [[[]]],
        Array.from({ length: 70_000 }, (_, i) => i),
        Array.from({ length: 300 }, () => null),
      ],
      'sparse arrays': [
        holes,
        Array.from({ length: 2 ** 20 }).fill(0),
        emptySlots(5),
        [[emptySlots(2), 1]],
        emptySlots(500),
      ],
      'arrays with other properties': [
        match,
        Object.assign([1, 2], { extra: 'x' }),
        Object.assign(
          Array.from({ length: 500 }, () => 1),
          { extra: 1 },
        ),
      ],
      'many records': [records, { records, also: records.slice(0, 3).map((other) => ({ ...other })) }],
      'records of many shapes': [Array.from({ length: 300 }, (_, i) => ({ [`a${i}`]: i, [`b${i % 7}`]: [i] }))],
      'Map and Set': [
        new Map<unknown, unknown>([
          [1, 'one'],
          ['1', { two: new Map() }],
          [{ key: 1 }, null],
        ]),
        new Set([1, '1', { a: 1 }]),
        { map: new Map([['a', new Set([new Map()])]]), set: new Set() },
      ],
      Dates: [
        ...[0, 1, -1, 999, 1000, 1.7e12 + 123, 2 ** 32 * 1000, 2 ** 34 * 1000 + 7, -8.64e15, 8.64e15].map(
          (ms) => new Date(ms),
        ),
        { at: new Date(-62_135_596_800_001) },
      ],
      'regular expressions': [/a+/gi, [/[/]\n/u, /x/], new RegExp('\ud800')],
      'bytes inside': [
        {
          buffer: Buffer.from('hello'),
          empty: Buffer.alloc(0),
          array: new ArrayBuffer(9),
          view: new DataView(new ArrayBuffer(16), 3, 5),
          arrays: TYPED_ARRAYS.map((type) => new type(5)),
        },
        [new Float64Array([1.5, NaN, -0]), new Uint8Array(100_000).fill(7), new BigInt64Array([-1n])],
        new Map([[1, new Uint8Array([1, 2])]]),
      ],
    }))
      it(what, () => values.forEach(expectCarried))

    it('an invalid Date, alone and inside', () => {
      for (const copy of [
        arrived(new Date(NaN)),
        arrived([new Date(NaN)])[0],
        arrived(new Map([[0, new Date(NaN)]])).get(0),
      ]) {
        expect(copy).to.be.instanceOf(Date)
        expect(copy?.getTime()).to.be.NaN
      }
    })

    it('the position of a regular expression', () => {
      const expression = /b/g
      expression.test('abc')
      expect(arrived(expression).lastIndex).to.equal(2)
    })

    it('cycles of every kind of container', () => {
      const object: Record<string, unknown> = { name: 'root' }
      const map = new Map<unknown, unknown>()
      const set = new Set<unknown>([map])
      const error = new Error('cyclic', { cause: object })
      Object.assign(object, { self: object, list: [object, [map]], map, error })
      map.set(map, set).set('root', object)
      const copy = arrived(object)
      expect(copy['self']).to.equal(copy)
      const [first, [inner]] = copy['list'] as [unknown, [Map<unknown, Set<unknown>>]]
      expect(first).to.equal(copy)
      expect(inner).to.equal(copy['map'])
      expect([...(inner.get(inner) as Set<unknown>)]).to.deep.equal([inner])
      expect((inner as Map<unknown, unknown>).get('root')).to.equal(copy)
      expect((copy['error'] as Error).cause).to.equal(copy)
    })

    it('shared references as shared, however many objects there are', () => {
      for (const others of [0, 5, 7, 8, 9, 100]) {
        const shared = { a: 1 }
        const copy = arrived([shared, ...Array.from({ length: others }, (_, i) => ({ i })), shared])
        expect(copy.at(-1), `${others} others`).to.equal(copy[0])
      }
      const bytes = new Uint8Array(3)
      const [a, b] = arrived([bytes, bytes])
      expect(a).to.equal(b)
    })

    it('equal but separate objects as separate', () => {
      const [a, b] = arrived([{ x: 1 }, { x: 1 }])
      expect(a).to.not.equal(b)
    })

    it('errors with class, message, stack, cause, code and own properties', () => {
      for (const type of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
        const error = Object.assign(new type('bad', { cause: new Error('inner') }), {
          code: 'E_BAD',
          detail: { list: [-0] },
        })
        for (const copy of [arrived(error), arrived({ at: [error] }).at[0] as typeof error]) {
          expect(Object.getPrototypeOf(copy)).to.equal(type.prototype)
          expect(types.isNativeError(copy)).to.equal(true)
          expect(copy.message).to.equal('bad')
          expect(copy.stack).to.equal(error.stack)
          expect(Object.entries(copy)).to.deep.equal(Object.entries(error))
          expect(copy.cause).to.be.instanceOf(Error).with.property('message', 'inner')
        }
      }
    })

    it('an AggregateError with its errors, and an error without message, stack or cause', () => {
      const copy = arrived(new AggregateError([new TypeError('one'), 2], 'both'))
      expect(copy).to.be.instanceOf(AggregateError)
      expect(copy.errors[0]).to.be.instanceOf(TypeError)
      expect(copy.errors[1]).to.equal(2)

      const bare = new Error()
      delete bare.stack
      expect(Object.getOwnPropertyNames(arrived(bare))).to.deep.equal([])
    })

    it('errors of other classes as their nearest class of the language, under their own name', () => {
      class ParseError extends SyntaxError {
        override name = 'ParseError'
        line = 3
      }
      class Quiet extends RangeError {
        override get name(): string {
          return 'Quiet'
        }
      }
      const copy = arrived(new ParseError('at 3'))
      expect(Object.getPrototypeOf(copy)).to.equal(SyntaxError.prototype)
      expect(copy).to.include({ name: 'ParseError', message: 'at 3', line: 3 })
      expect(arrived(new Quiet('x')))
        .to.be.instanceOf(RangeError)
        .with.property('name', 'Quiet')
      const failure = arrived(new MpiError('ERR_TIMEOUT', 'late', { rank: 3 }))
      expect(failure).to.be.instanceOf(Error).and.include({ name: 'MpiError', code: 'ERR_TIMEOUT', rank: 3 })
      const aborted = arrived(AbortSignal.abort().reason as Error)
      expect(aborted).to.be.instanceOf(Error).and.include({ name: 'AbortError', message: 'This operation was aborted' })
    })

    it('values of another realm', () => {
      const foreign = runInNewContext(
        '({ list: [1, new Map([[1, new Set([2])]])], at: new Date(5), bytes: new Uint8Array([1, 2]), memory: new ArrayBuffer(3), failed: new Error("x") })',
      ) as { list: [number, Map<number, Set<number>>]; at: Date; bytes: Uint8Array; memory: ArrayBuffer; failed: Error }
      const copy = arrived(foreign)
      expect(copy.list[1].get(1)).to.deep.equal(new Set([2]))
      expect(copy.at).to.deep.equal(new Date(5))
      expect(copy.bytes).to.deep.equal(new Uint8Array([1, 2]))
      expect(copy.memory).to.be.instanceOf(ArrayBuffer).with.property('byteLength', 3)
      expect(copy.failed).to.be.instanceOf(Error).with.property('message', 'x')
      expect(Object.getPrototypeOf(copy)).to.equal(Object.prototype)
    })

    it('views of shared and of resizable memory as plain ones', () => {
      const shared = new Uint8Array(new SharedArrayBuffer(8), 2, 3).fill(9)
      const resizable = new (ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer)(4, {
        maxByteLength: 100,
      })
      const copy = arrived({ shared, resizable, tracking: new Uint8Array(resizable) })
      expect(copy.shared).to.deep.equal(new Uint8Array([9, 9, 9]))
      expect(copy.shared.buffer).to.be.instanceOf(ArrayBuffer)
      expect(copy.resizable.byteLength).to.equal(4)
      expect(copy.resizable).to.have.property('resizable', false)
      expect(copy.tracking.length).to.equal(4)
    })

    it('only the bytes that a view shows, and each view in memory of its own', () => {
      const memory = new Uint8Array(1000).fill(5)
      const [a, b] = arrived([memory.subarray(10, 12), memory.subarray(10, 12)])
      expect(a?.buffer.byteLength).to.equal(2)
      expect(a?.buffer).to.not.equal(b?.buffer)
    })

    it('the value of a getter', () => {
      let reads = 0
      expect(arrived({ get now() { return ++reads } })).to.deep.equal({ now: 1 }) // prettier-ignore
      expect(reads).to.equal(1)
    })

    it('a value that its own getters change, as it was when they were read', () => {
      const list: unknown[] = [{ get more() { return list.push(2) } }, 1] // prettier-ignore
      expect(arrived(list)).to.deep.equal([{ more: 3 }, 1])
      const set: Set<unknown> = new Set([{ get more() { return set.add(2).size } }]) // prettier-ignore
      expect(arrived(set)).to.deep.equal(new Set([{ more: 2 }, 2]))
      const map: Map<unknown, unknown> = new Map([[1, { get more() { return map.set(2, 2).size } }]]) // prettier-ignore
      expect(arrived(map)).to.deep.equal(new Map<unknown, unknown>([[1, { more: 2 }], [2, 2]])) // prettier-ignore
      const shrinking = { get a() { return delete (this as { b?: number }).b }, b: 1 } // prettier-ignore
      expect(arrived(shrinking)).to.deep.equal({ a: true })
      const again = { get a() { return delete (this as { b?: number }).b }, b: 1 } // prettier-ignore
      expect(arrived([{ a: 0, b: 0 }, again, { a: 2, b: 3 }])).to.deep.equal([
        { a: 0, b: 0 },
        { a: true },
        { a: 2, b: 3 },
      ])
      const growing = { get a() { return Object.keys(Object.assign(this, { c: 1 })).length }, b: 1 } // prettier-ignore
      expect(arrived([{ a: 0, b: 0 }, growing])).to.deep.equal([
        { a: 0, b: 0 },
        { a: 3, b: 1 },
      ])
      const memory = new ArrayBuffer(16)
      const taken = [new Float64Array(memory), { get more() { return structuredClone(memory, { transfer: [memory] }).byteLength } }] // prettier-ignore
      expect(arrived(taken)).to.deep.equal([new Float64Array(0), { more: 16 }])
    })

    it('records that are almost like the one before', () => {
      const similar = [
        { a: 1, b: 2 },
        { b: 3, a: 4 },
        { a: 5 },
        { a: 6, b: 7 },
        { a: 8, b: 9, c: 10 },
        {},
        { 2: 0, 1: 0, a: 1 },
      ]
      const copies = arrived([...similar, ...similar])
      expect(copies).to.deep.equal([...similar, ...similar])
      expect(copies.map((copy) => Object.keys(copy))).to.deep.equal(
        [...similar, ...similar].map((one) => Object.keys(one)),
      )
      const hidden = Object.defineProperty({ a: 1, b: 2 }, 'secret', { value: 3, enumerable: false })
      expect(Object.getOwnPropertyNames(arrived([{ a: 1, b: 2 }, hidden])[1])).to.deep.equal(['a', 'b'])
    })

    it('own properties alone, where somebody has given all objects one', () => {
      const everybody = Object.prototype as { inherited?: number }
      everybody.inherited = 1
      try {
        const copies = arrived([{ a: 1 }, { a: 2 }, { a: 3, inherited: 4 }])
        expect(copies.map((copy) => JSON.stringify(copy))).to.deep.equal([
          '{"a":1}',
          '{"a":2}',
          '{"a":3,"inherited":4}',
        ])
      } finally {
        delete everybody.inherited
      }
    })

    it('random values', () => {
      const random = new Random(4)
      const leaf = (): unknown =>
        random.pick<() => unknown>([
          () => random.below(2 ** 32) - 2 ** 31,
          () => random.word() / 7,
          () =>
            String.fromCharCode(
              ...Array.from({ length: random.below(90) }, () => random.below(random.pick([128, 65_536]))),
            ),
          () => random.pick<unknown>([true, false, null, undefined, -0, NaN]),
          () => BigInt(random.word()) ** BigInt(random.below(5)) * random.pick([1n, -1n]),
          () => new Date(random.word() * 1000 + random.below(1000)),
          () => new Float32Array(random.below(9)).fill(random.below(5)),
          () => Buffer.from([random.below(256)]),
        ])()
      const tree = (depth: number): unknown => {
        if (depth === 0 || random.chance(0.2)) return leaf()
        const children = Array.from({ length: random.below(12) }, () => tree(depth - 1))
        return random.pick<() => unknown>([
          () => children,
          () => Object.fromEntries(children.map((child, i) => [`key${random.below(3)}${i}`, child])),
          () => children.map((child) => ({ kind: random.below(3), child })),
          () => (random.chance(0.2) ? new Map(children.map((child, i) => [i, child])) : children),
          () => (random.chance(0.2) ? new Set(children) : children),
        ])()
      }
      for (let round = 0; round < 400; round++) expectCarried([tree(random.below(5))])
    })
  })

  describe('raw values', () => {
    it('lends the caller’s own memory', () => {
      for (const value of [
        ...TYPED_ARRAYS.map((type) => new type(4)),
        Buffer.alloc(3),
        new DataView(new ArrayBuffer(4)),
      ]) {
        const { type, bytes, body, isLasting } = codec.encode(value)
        expect(isRaw(type)).to.equal(true)
        expect(body).to.equal(value)
        expect([bytes, isLasting]).to.deep.equal([value.byteLength, true])
      }
      const buffer = new ArrayBuffer(5)
      const { type, bytes, body, isLasting } = codec.encode(buffer)
      expect([typeNameOf(type), bytes, isLasting]).to.deep.equal(['ArrayBuffer', 5, true])
      expect(body.buffer).to.equal(buffer)
    })

    it('takes a subarray for what it shows', () => {
      const part = new Float64Array(10).subarray(2, 5)
      expect(codec.encode(part)).to.include({ bytes: 24, body: part })
    })
  })

  describe('memory', () => {
    it('keeps an encoded value until the next one', () => {
      for (const value of ['x'.repeat(10), 'x'.repeat(2000), 5, { a: 1 }]) {
        const { type, body, isLasting } = codec.encode(value)
        expect(isLasting).to.equal(false)
        new Codec().encode({ other: 'codec' })
        expect(new Codec().decode(type, new Uint8Array(body.buffer, body.byteOffset, body.byteLength))).to.deep.equal(
          value,
        )
      }
    })

    it('gives large values memory that nothing else is written to', () => {
      const large = 'y'.repeat(KEPT_BYTES)
      const { type, body } = codec.encode(large)
      for (let i = 0; i < 100; i++) codec.encode('z'.repeat(i * 2000))
      expect(codec.decode(type, new Uint8Array(body.buffer, body.byteOffset, body.byteLength))).to.equal(large)
    })

    it('decodes from any place in any memory, and leaves the value its own', () => {
      for (const size of [1, 3, 5000, 65_536, 2 ** 20]) {
        const value = { bytes: Buffer.alloc(size, 1), list: new Float64Array(size).fill(2), text: 'x'.repeat(size) }
        const { type, bytes } = sent(value)
        const memory = new Uint8Array(new SharedArrayBuffer(bytes.length + 20))
        memory.set(bytes, 13)
        const copy = codec.decode(type, memory, 13, bytes.length) as typeof value
        memory.fill(0)
        codec.decode(type, bytes)
        expect(isDeepStrictEqual(copy, value)).to.equal(true)
        // In place.
        const views = memoryOf(Buffer.from(memory.buffer))
        for (const offset of [0, 8, 13]) {
          memory.set(bytes, offset)
          const other = codec.decode(type, memory, offset, bytes.length, views)
          memory.fill(0)
          expect(isDeepStrictEqual(other, value)).to.equal(true)
        }
      }
    })

    it('needs no other message to decode one', () => {
      const batches = [0, 1, 2, 3, 4].map((b) => Array.from({ length: 20 }, (_, i) => ({ [`k${b}`]: i, b })))
      const all = batches.map(sent)
      for (const [i, { type, bytes }] of [...all.entries()].toReversed())
        expect(new Codec().decode(type, bytes)).to.deep.equal(batches[i])
    })

    it('encodes while a getter of the value encodes', () => {
      const value = {
        a: [1],
        get b() {
          return arrived([{ inner: 1 }])
        },
        c: [2],
      }
      expect(arrived(value)).to.deep.equal({ a: [1], b: [{ inner: 1 }], c: [2] })
    })
  })

  describe('form', () => {
    const shared = { x: 1 }
    for (const [what, value, code] of [
      ['a number as number', 5, Code.number],
      ['a string as tree', 'text', Code.tree],
      ['what occurs once as tree', [new Map([[{ x: 1n }, new Set([new Date()])]]), '\ud800', -0], Code.tree],
      ['what occurs twice as graph', { a: shared, b: shared }, Code.graph],
      ['errors as graph', [new Error('x')], Code.graph],
    ] as const)
      it(`sends ${what}`, () => expect(sent(value).type).to.equal(code))
  })

  describe('refuses, with the path', () => {
    class Point {
      x = 1
    }
    class Stack extends Array<number> {}
    class Bytes extends Uint8Array {}
    const symbol = Symbol('secret')

    for (const [value, complaint] of [
      [() => 1, 'value is a function: a message carries'],
      [{ cb: [() => 1] }, 'value.cb[0] is a function: a message carries primitives, plain objects'],
      [Symbol('s'), 'value is a symbol'],
      [[[symbol]], 'value[0][0] is a symbol'],
      [{ 'odd key': symbol }, 'value["odd key"] is a symbol'],
      [new Map([['k', [Point]]]), 'value.get("k")[0] is a function'],
      [new Map([[new Point(), 1]]), 'value key 0 is an instance of Point'],
      [new Set([1, new Point()]), 'value element 1 is an instance of Point'],
      [{ at: new Point() }, 'value.at is an instance of Point'],
      [new Error('x', { cause: new Point() }), 'value.cause is an instance of Point'],
      [{ [symbol]: 1 }, 'value has a symbol as key, Symbol(secret)'],
      [[{ a: 1 }, { a: 1, [symbol]: 1 }], 'value[1] has a symbol as key'],
      [Object.assign([1], { [symbol]: 1 }), 'value has a symbol as key'],
      [
        Object.assign(
          Array.from({ length: 500 }, () => 1),
          { [symbol]: 1 },
        ),
        'value has a symbol as key',
      ],
      [Object.assign(new Set([1]), { [symbol]: 1 }), 'value is a Set with properties of its own'],
      [Object.assign(new Map(), { extra: 1 }), 'value is a Map with properties of its own'],
      [Object.assign(new Date(), { extra: 1 }), 'value is a Date with properties of its own'],
      [[new Stack()], 'value[0] is an instance of Stack'],
      [new Bytes(2), 'value is an instance of Bytes'],
      [Object.create(Map.prototype), 'value is an instance of Map'],
      [Object.create({ inherited: 1 }), 'with a prototype of its own'],
      [Object(1), 'value is an instance of Number'],
      [Object('text'), 'value is an instance of String'],
      [Object(symbol), 'value is an instance of Symbol'],
      [Promise.resolve(), 'value is an instance of Promise'],
      [new WeakMap(), 'value is an instance of WeakMap'],
      [new WeakRef({}), 'value is an instance of WeakRef'],
      [new SharedArrayBuffer(1), 'value is an instance of SharedArrayBuffer'],
      [new URL('http://x'), 'value is an instance of URL'],
      [globalThis.Math, '[object Math]'],
      [(function () { return arguments })(), '[object Arguments]'], // prettier-ignore
      [(function* () {})(), 'value is an'],
      [process.env, 'value is an'],
    ] as const)
      it(complaint, () => {
        for (const [whole, prefix] of [
          [value, ''],
          [{ inner: [value] }, 'value.inner[0]'],
        ] as const)
          expect(() => codec.encode(whole))
            .to.throw(TypeError)
            .with.property('message')
            .that.includes(prefix === '' ? complaint : complaint.replace(/^value/, prefix))
      })

    it('values nested deeper than 10000 levels', () => {
      const nested = (depth: number): unknown => {
        let value: unknown = 'bottom'
        for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { value }
        return value
      }
      for (const depth of [100_000, 10_002])
        expect(() => codec.encode(nested(depth))).to.throw(RangeError, 'nested deeper than 10000 levels')
      for (const depth of [100, 199, 200, 201, 202, 5000, 10_001]) {
        let copy = arrived(nested(depth)) as { value: unknown } | [unknown]
        for (let i = depth - 1; i > 0; i--) copy = (Array.isArray(copy) ? copy[0] : copy.value) as typeof copy
        expect(copy).to.deep.equal(['bottom'])
      }
    })

    it('nothing that reads throw by itself: the error of a getter or Proxy passes', () => {
      const failure = new Error('mine')
      const fail = (): never => {
        throw failure
      }
      for (const value of [
        { get bad() { return fail() } }, // prettier-ignore
        [new Proxy({ a: 1 }, { get: fail })],
        new Proxy({}, { ownKeys: fail }),
        new Proxy({}, { getPrototypeOf: fail }),
      ])
        expect(() => codec.encode(value)).to.throw(failure)
      expectCarried({ still: 'works' })
    })
  })

  describe('bytes of any origin', () => {
    const refuse = (type: number, bytes: readonly number[] | Uint8Array): void => {
      expect(() => codec.decode(type, Uint8Array.from(bytes)), `${type}: ${String(bytes)}`)
        .to.throw('cannot be decoded')
        .that.satisfies(isMpiError)
        .and.has.property('code', 'ERR_PROTOCOL')
    }
    const OBJECTS = [Code.tree, Code.graph]
    const text = (word: string): number[] => [0xa0 + word.length, ...Buffer.from(word)]

    it('cannot nest until the stack overflows', () => {
      for (const type of OBJECTS) {
        refuse(type, new Uint8Array(1_000_000).fill(0x91))
        refuse(type, new Uint8Array(3_000).fill(0x91))
      }
      expectCarried([1, { still: 'works' }])
    })

    it('cannot make errors, regular expressions or internals of the decoder', () => {
      for (const type of OBJECTS) {
        for (const name of ['Error', 'valueOf', 'constructor'])
          refuse(type, [0xd4, 0x65, 0, 0x92, ...text(name), ...text('x')])
        refuse(type, [0x91, 0xd4, 0x78, 0, 0x92, ...text('(a+)+$'), ...text('')])
        refuse(type, [0x91, 0xc1])
        refuse(type, [0xd6, 0x70, 0, 0, 0, 1])
        refuse(type, [0xd6, 0x69, 0, 0, 0, 1, 0x90])
      }
    })

    it('cannot announce more than there is', () => {
      for (const type of OBJECTS)
        for (const token of [0xc6, 0xc9, 0xdb, 0xdd, 0xdf]) refuse(type, [token, 0xff, 0xff, 0xff, 0xff, 1])
      refuse(Code.tree, [])
      refuse(Code.tree, [1, 2])
      refuse(Code.number, [1, 2, 3])
      refuse(200, [1])
    })

    it('cannot take memory for elements that are only announced, one array in the other', () => {
      const before = process.memoryUsage().rss
      for (const type of OBJECTS)
        for (const opening of [
          [0xdc, 0xff, 0xff],
          [0xdd, 0, 1, 0xff, 0xff],
          [0xdd, 0, 0, 0x40, 0],
        ]) {
          const bytes = new Uint8Array(opening.length * 40_000)
          for (let i = 0; i < bytes.length; i++) bytes[i] = opening[i % opening.length] as number
          refuse(type, bytes)
        }
      // Each of them would have taken gigabytes.
      expect((process.memoryUsage().rss - before) / 2 ** 20).to.be.below(300)
    })

    it('cannot pollute prototypes', () => {
      const copy = arrived(JSON.parse('{"__proto__":{"polluted":1}}')) as Record<string, unknown>
      expect(Object.getPrototypeOf(copy)).to.equal(Object.prototype)
      expect(copy['polluted']).to.equal(undefined)
      expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined)
    })

    it('are refused when they are a table that no value has', () => {
      const packer = new Packr({ structuredClone: false, moreTypes: true, useRecords: false })
      const table = (nodes: unknown): Uint8Array => packer.pack(nodes)
      for (const nodes of [
        5,
        [],
        [5],
        [['object']],
        [[99]],
        [[0, [1]]],
        [[0, [-2]]],
        [[0, ['length']]],
        [[0, ['constructor']]],
        [[0, { plain: 1 }]],
        [[1, -1]],
        [[1, 'long']],
        [[2, 5, 5]],
        [[2, 'key without value']],
        [[7, '(', '', 0]],
        [[7, 'a', 'zz', 0]],
        [[7, 5, '', 0]],
        [[9, 'text']],
      ])
        refuse(Code.graph, table(nodes))
    })

    it('never do harm, whatever was changed in them', () => {
      const random = new Random(5)
      const values: unknown[] = [
        { x: 1, y: [1.5, 'text', null], at: new Date(5), big: 2n ** 70n },
        Array.from({ length: 20 }, (_, i) => ({ i, name: `n${i}`, set: new Set([i]) })),
        new Map<unknown, unknown>([[{ a: -0 }, [/x/g, new TypeError('bad')]]]),
        [Buffer.from('abc'), new Float64Array(3), new DataView(new ArrayBuffer(3)), '\ud800'],
      ]
      const corpus = values.map(sent)
      let refused = 0
      for (let round = 0; round < 10_000; round++) {
        const original = random.pick(corpus)
        const bytes = original.bytes.slice(0, random.chance(0.2) ? random.below(original.bytes.length + 1) : undefined)
        for (let changes = 1 + random.below(3); changes > 0 && bytes.length > 0; changes--)
          bytes[random.below(bytes.length)] = random.below(256)
        const type = random.chance(0.8) ? original.type : random.pick(OBJECTS)
        try {
          // What comes out is data: it can be sent again.
          codec.encode(codec.decode(type, bytes))
        } catch (error) {
          expect(isMpiError(error), `round ${round}: ${String(error)}`).to.equal(true)
          refused++
        }
      }
      expect(refused).to.be.within(1000, 9900)
      expect(Object.keys(Object.prototype)).to.deep.equal([])
      values.forEach((value) => isDeepStrictEqual(arrived(value), value))
    })
  })

  it('numbers the objects of a graph breadth first', () => {
    const shared = [1]
    expect(flatten({ a: shared, b: [shared, -0] })).to.deep.equal([
      [2, 'a', [1], 'b', [2]],
      [0, 1],
      [0, [1], [-1]],
    ])
  })
  it('does not go on with the memory of a large graph', () => {
    const own = new Codec()
    const shared = {}
    own.encode([shared, shared, 'x'.repeat(8 << 20)])
    expect(own.encode([shared, shared]).body.buffer.byteLength).to.be.below(1 << 20)
  })
})
