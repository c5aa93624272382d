import { expect } from 'chai'
import { isMpiError } from '../../../src/errors.ts'
import type { Body } from '../../../src/wire/body.ts'
import { TYPED_ARRAYS, type TypedArray } from '../../../src/wire/element-type.ts'
import { memoryOf } from '../../../src/wire/memory.ts'
import { allocate, Code, countOf, isRaw, rawCodeOf, take, typeNameOf } from '../../../src/wire/payload.ts'
import { Random } from '../../support/random.ts'

const bytesOf = (value: TypedArray | ArrayBuffer | DataView): number[] =>
  ArrayBuffer.isView(value)
    ? [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)]
    : [...new Uint8Array(value)]

/** A body of these bytes at an offset of a larger memory, as transports have them. */
function bodyOf(content: readonly number[], offset: number, withViews = true): Body {
  const memory = new SharedArrayBuffer(Math.ceil((offset + content.length + 16) / 8) * 8)
  const bytes = new Uint8Array(memory)
  bytes.fill(0xee)
  bytes.set(content, offset)
  return { bytes, offset, owned: false, memory: withViews ? memoryOf(Buffer.from(memory)) : undefined }
}

const RAW_CODES = Array.from({ length: Code.DataView }, (_, i) => i + 1)

describe('payload', () => {
  it('gives the typed arrays the codes 1 to 11, in their order, then Buffer, ArrayBuffer and DataView', () => {
    expect(RAW_CODES.map(typeNameOf)).to.deep.equal([
      'Int8Array',
      'Uint8Array',
      'Uint8ClampedArray',
      'Int16Array',
      'Uint16Array',
      'Int32Array',
      'Uint32Array',
      'Float32Array',
      'Float64Array',
      'BigInt64Array',
      'BigUint64Array',
      'Buffer',
      'ArrayBuffer',
      'DataView',
    ])
    expect(RAW_CODES.every(isRaw)).to.equal(true)
  })

  it('calls every other code an object', () => {
    for (const code of [Code.tree, Code.graph, Code.number, 99]) {
      expect(typeNameOf(code)).to.equal('object')
      expect(isRaw(code)).to.equal(false)
      expect(countOf(code, 1234)).to.equal(1)
    }
  })

  it('knows the code of each raw value, and none for others or for subclasses', () => {
    class Vector extends Float64Array {}
    TYPED_ARRAYS.forEach((type, index) => expect(rawCodeOf(new type(2))).to.equal(index + 1))
    expect(rawCodeOf(Buffer.alloc(1))).to.equal(Code.Buffer)
    expect(rawCodeOf(new ArrayBuffer(1))).to.equal(Code.ArrayBuffer)
    expect(rawCodeOf(new DataView(new ArrayBuffer(1)))).to.equal(Code.DataView)
    for (const other of [{}, [], new Vector(1), new SharedArrayBuffer(1), new Map()])
      expect(rawCodeOf(other)).to.equal(undefined)
  })

  it('counts elements', () => {
    expect(countOf(9, 80)).to.equal(10)
    expect(countOf(4, 80)).to.equal(40)
    expect([Code.Buffer, Code.ArrayBuffer, Code.DataView].map((code) => countOf(code, 80))).to.deep.equal([80, 80, 80])
  })

  describe('take', () => {
    it('copies any type, length and alignment bit for bit into fresh memory of exactly that length', () => {
      const random = new Random(1)
      for (const code of RAW_CODES)
        for (const count of [0, 1, 2, 7, 8, 9, 64, 1000])
          for (const offset of [0, 8, 64, 3])
            for (const withViews of [true, false]) {
              const size = 8 / countOf(code, 8)
              const content = Array.from({ length: count * size }, () => random.below(256))
              const body = bodyOf(content, offset, withViews)
              const value = take(code, body, content.length)
              const what = `${typeNameOf(code)} of ${count} at ${offset}`
              expect(rawCodeOf(value), what).to.equal(code)
              expect(bytesOf(value), what).to.deep.equal(content)
              const memory = ArrayBuffer.isView(value) ? value.buffer : value
              expect(memory, what).to.be.instanceOf(ArrayBuffer).and.have.property('byteLength', content.length)
            }
    })

    it('keeps the bits of every NaN', () => {
      for (const signalling of [
        [1, 0, 0, 0, 0, 0, 0xf0, 0x7f],
        [0xef, 0xbe, 0xad, 0xde, 0, 0, 0xf4, 0xff],
      ])
        for (const code of [8, 9]) {
          const content = [...signalling, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, ...signalling]
          expect(bytesOf(take(code, bodyOf(content, 64), content.length))).to.deep.equal(content)
        }
    })

    it('takes owned memory without a copy when the value is all of it', () => {
      for (const code of RAW_CODES) {
        const bytes = new Uint8Array(4096).fill(code)
        const value = take(code, { bytes, offset: 0, owned: true, memory: undefined }, 4096)
        expect(ArrayBuffer.isView(value) ? value.buffer : value).to.equal(bytes.buffer)
        expect(rawCodeOf(value)).to.equal(code)
      }
    })

    it('copies out of owned memory that holds more than the value', () => {
      const bytes = new Uint8Array(4160).fill(7)
      const value = take(9, { bytes, offset: 64, owned: true, memory: undefined }, 4096) as Float64Array
      expect(value.buffer.byteLength).to.equal(4096)
      expect(value.buffer).to.not.equal(bytes.buffer)
    })

    it('refuses a length that is no whole number of elements', () => {
      for (const length of [4, 12, 1001])
        expect(() =>
          take(
            9,
            bodyOf(
              Array.from({ length }, () => 1),
              0,
            ),
            length,
          ),
        )
          .to.throw(`${length} bytes are no whole number of elements of a Float64Array`)
          .that.satisfies(isMpiError)
          .and.has.property('code', 'ERR_PROTOCOL')
    })
  })

  describe('allocate', () => {
    it('gives a value of the type and its memory', () => {
      for (const code of RAW_CODES) {
        const { value, memory } = allocate(code, 16)
        memory.set(Array.from({ length: 16 }, (_, i) => i))
        if (value === undefined) throw new Error('no value')
        expect(rawCodeOf(value)).to.equal(code)
        expect(bytesOf(value)).to.deep.equal(Array.from({ length: 16 }, (_, i) => i))
      }
    })

    it('gives memory alone for objects', () => {
      const { value, memory } = allocate(Code.tree, 100)
      expect(value).to.equal(undefined)
      expect(memory).to.have.length(100)
    })

    it('refuses what is no whole number of elements, and what no process can hold', () => {
      expect(() => allocate(10, 12))
        .to.throw('no whole number')
        .with.property('code', 'ERR_PROTOCOL')
      expect(() => allocate(2, 2 ** 52))
        .to.throw('no memory for')
        .with.property('code', 'ERR_PROTOCOL')
    })
  })
})
