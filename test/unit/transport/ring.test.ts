import { expect } from 'chai'
import type { Body } from '../../../src/wire/body.ts'
import { Header, Kind } from '../../../src/wire/header.ts'
import { largestBody, RingMemory, RingReader, RingWriter } from '../../../src/transport/ring.ts'

const JOB = 4711
const SOURCE = 3

/** Mulberry32. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

function make(bytes: number): { memory: RingMemory; writer: RingWriter; reader: RingReader } {
  const memory = new RingMemory(new ArrayBuffer(bytes))
  return { memory, writer: new RingWriter(memory), reader: new RingReader(memory, SOURCE, JOB) }
}

function head(fields: Partial<Header>): Header {
  return Object.assign(new Header(), { kind: Kind.eager, job: JOB, source: SOURCE }, fields)
}

function emptyBody(): Body {
  return { bytes: new Uint8Array(0), offset: 0, owned: false, memory: undefined }
}

/** Takes a packet: its header and a copy of its body; undefined when there is none. */
function take(reader: RingReader): Packet | undefined {
  const header = new Header()
  const body = emptyBody()
  if (!reader.read(header, body)) return undefined
  const length = header.kind === Kind.announce ? 0 : header.bytes
  return { header, bytes: body.bytes.slice(body.offset, body.offset + length) }
}

interface Packet {
  header: Header
  bytes: Uint8Array
}

/** As deep.equal, quickly. */
function expectSame(got: Packet, sent: Packet | undefined): void {
  expect(JSON.stringify(got.header)).to.equal(JSON.stringify(sent?.header))
  expect(Buffer.compare(got.bytes, sent?.bytes ?? new Uint8Array(1))).to.equal(0)
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice()
}

describe('ring', () => {
  it('is empty at first', () => {
    expect(take(make(4096).reader)).to.equal(undefined)
  })

  it('carries every field of a header, with a body small or large or none', () => {
    const fields = {
      sequence: 0xffff_fffe,
      context: 0xfedc_ba98,
      tag: 2 ** 31 - 1,
      type: 200,
      flags: 255,
      id: 0xffff_ffff,
      credit: 0x8000_0001,
      signature: 0xdead_beef,
      slots: 0x8000_0000,
    }
    for (const bytes of [0, 1, 31, 32, 33, 64, 87, 88, 89, 500]) {
      for (const far of [{}, { peerId: 0xffff_fff0, offset: 2 ** 52 + 1 }, { offset: 8 }, { peerId: 1 }]) {
        const { writer, reader } = make(8192)
        const header = head({ ...fields, ...far, bytes })
        const body = new Uint8Array(bytes).map((_, i) => i * 7)
        expect(writer.write(header, bytes === 0 ? undefined : body)).to.equal(true)
        const got = take(reader)
        expect(got?.header).to.deep.equal(header)
        expect(got?.bytes).to.deep.equal(body)
        expect(take(reader)).to.equal(undefined)
      }
    }
  })

  it('carries an announcement of more than 4 GiB without a body', () => {
    const { writer, reader } = make(4096)
    const header = head({ kind: Kind.announce, bytes: 2 ** 40 + 3, id: 9 })
    writer.write(header, undefined)
    expect(take(reader)?.header).to.deep.equal(header)
  })

  it('copies every kind of array bit by bit, from any offset', () => {
    const raw = new Uint8Array(4096)
    const next = random(1)
    for (let i = 0; i < raw.length; i++) raw[i] = next(256)
    // Signalling and quiet NaNs with payloads.
    new Uint32Array(raw.buffer).set([1, 0x7ff0_0000, 2, 0xfff8_0000, 0x7f80_0001, 0xffc0_1234], 0)
    const views = [Float64Array, Float32Array, Int8Array, Uint16Array, Int32Array, BigInt64Array, Uint8Array]
    for (const View of views) {
      for (const [offset, length] of [
        [0, 1],
        [0, 3],
        [8, 4],
        [16, 40],
        [64, 300],
      ] as const) {
        const { writer, reader } = make(32768)
        const body = new View(raw.buffer, offset, length)
        for (let repeat = 0; repeat < 3; repeat++) {
          expect(writer.write(head({ bytes: body.byteLength }), body)).to.equal(true)
          expect(take(reader)?.bytes, `${View.name} ${length}`).to.deep.equal(bytesOf(body))
        }
      }
    }
  })

  it('sees changes of an array that is sent again', () => {
    const { writer, reader } = make(8192)
    const body = new Float32Array(100)
    for (let round = 0; round < 3; round++) {
      body.fill(round)
      writer.write(head({ bytes: body.byteLength }), body)
      expect(take(reader)?.bytes).to.deep.equal(bytesOf(body))
    }
  })

  it('gives bodies aligned to eight, as bytes and as doubles of the same memory', () => {
    const { memory, writer, reader } = make(8192)
    const header = new Header()
    const body = emptyBody()
    for (const length of [1, 4, 5, 60]) {
      const values = new Float64Array(length).map((_, i) => i + 0.5)
      writer.write(head({ bytes: values.byteLength }), values)
      expect(reader.read(header, body)).to.equal(true)
      expect(body.bytes).to.equal(memory.bytes)
      expect(body.owned).to.equal(false)
      const at = body.offset / 8
      expect(body.memory?.doubles.slice(at, at + length)).to.deep.equal(values)
    }
  })

  it('keeps order and content over many laps, whatever the sizes and however reader and writer alternate', () => {
    for (let seed = 1; seed <= 15; seed++) {
      const next = random(seed)
      const size = [1024, 2048, 4096, 5000, 65536][seed % 5] as number
      const { memory, writer, reader } = make(size)
      const sent: Packet[] = []
      let sequence = 0
      let read = 0
      for (let step = 0; step < 3000; step++) {
        for (let burst = next(6); burst > 0; burst--) {
          const bytes = next(3) === 0 ? next(memory.largestBody + 1) : next(Math.min(80, memory.largestBody))
          const body = new Uint8Array(bytes).fill(sequence)
          const header = head({ sequence, bytes, tag: next(1000), peerId: next(2), offset: next(3) })
          if (!writer.write(header, body)) break
          sent.push({ header, bytes: body })
          sequence++
        }
        for (let burst = next(6); burst > 0; burst--) {
          const got = take(reader)
          if (got === undefined) break
          expectSame(got, sent[read++])
        }
      }
      for (let got = take(reader); got !== undefined; got = take(reader)) expectSame(got, sent[read++])
      expect(reader.fault).to.equal(undefined)
      expect(read).to.equal(sent.length)
      expect(sent.length).to.be.greaterThan(1000)
    }
  })

  it('says when it is full, and has room for the largest body once drained, wherever it stands', () => {
    const { memory, writer, reader } = make(4096)
    const largest = head({ bytes: memory.largestBody })
    const small = head({ bytes: 8 })
    for (let position = 0; position < 200; position++) {
      let written = 0
      while (writer.write(small, new Uint8Array(8))) expect(++written).to.be.lessThan(100)
      while (take(reader) !== undefined) written--
      expect(written).to.equal(0)
      for (let i = 0; i <= position % 64; i++) {
        expect(writer.write(small, new Uint8Array(8))).to.equal(true)
        expect(take(reader)).to.not.equal(undefined)
        expect(take(reader)).to.equal(undefined)
      }
      expect(writer.write(largest, new Uint8Array(memory.largestBody)), `at ${position}`).to.equal(true)
      expect(take(reader)?.bytes.length).to.equal(memory.largestBody)
      expect(take(reader)).to.equal(undefined)
    }
  })

  it('tells the reader that the writer waits, once there is more room', () => {
    const { writer, reader } = make(4096)
    const header = head({ bytes: 200 })
    const body = new Uint8Array(200)
    while (writer.write(header, body));
    writer.wait()
    expect(writer.write(header, body)).to.equal(false)
    let taken = 0
    while (take(reader) !== undefined) taken++
    expect(taken).to.be.greaterThan(3)
    expect(reader.roomWanted).to.equal(true)
    expect(writer.write(header, body)).to.equal(true)
  })

  it('does not touch a body before its room is free', () => {
    const { writer, reader } = make(4096)
    const header = new Header()
    const body = emptyBody()
    const values = new Uint8Array(700).fill(1)
    writer.write(head({ bytes: 700 }), values)
    expect(reader.read(header, body)).to.equal(true)
    while (writer.write(head({ bytes: 700 }), new Uint8Array(700).fill(2)));
    expect(body.bytes.slice(body.offset, body.offset + 700)).to.deep.equal(values)
  })

  it('refuses a body that is too large or not what the header says', () => {
    const { memory, writer } = make(4096)
    const bytes = memory.largestBody + 1
    expect(() => writer.write(head({ bytes }), new Uint8Array(bytes))).to.throw(RangeError, `${bytes} bytes`)
    expect(() => writer.write(head({ bytes: 9 }), new Uint8Array(8))).to.throw(RangeError, 'header says 9')
    expect(largestBody(4096)).to.equal(memory.largestBody)
    expect(() => new RingMemory(new ArrayBuffer(128))).to.throw(RangeError, '128 bytes')
  })

  describe('whose memory is damaged', () => {
    const damage: [string, (words: Int32Array) => void][] = [
      ['an unknown kind', (words) => (words[32] = 0x0000_00ff)],
      ['no kind', (words) => (words[32] = 0x0100_0000)],
      ['a negative tag', (words) => (words[35] = -1)],
      ['a wrap where none can be', (words) => (words[32] = 0x7fff_ffff)],
      ['bad magic', (words) => (words[32] = 0x6262_6262)],
    ]
    for (const [what, apply] of damage) {
      it(`is at fault for ever: ${what}`, () => {
        const { memory, writer, reader } = make(4096)
        writer.write(head({ tag: 1 }), undefined)
        apply(memory.words)
        expect(take(reader)).to.equal(undefined)
        expect(reader.fault).to.be.a('string')
        writer.write(head({ tag: 2 }), undefined)
        expect(take(reader)).to.equal(undefined)
      })
    }

    const full: [string, number, number][] = [
      ['another job', 1, JOB + 1],
      ['another rank', 2, SOURCE + 1],
      ['a body longer than any', 10, 0x7fff_ffff],
      ['a body longer than memory', 11, 0x10_0000],
      ['a body of negative length', 10, -64],
    ]
    for (const [what, word, value] of full) {
      it(`is at fault for ever: ${what}`, () => {
        const { memory, writer, reader } = make(4096)
        writer.write(head({ bytes: 100 }), new Uint8Array(100))
        memory.words[32 + word] = value
        expect(take(reader)).to.equal(undefined)
        expect(reader.fault).to.be.a('string')
      })
    }

    it('never throws or yields a body outside, whatever is scribbled over it', () => {
      for (let seed = 1; seed <= 200; seed++) {
        const next = random(seed)
        const { memory, writer, reader } = make(2048)
        const header = new Header()
        const body = emptyBody()
        for (let step = 0; step < 200; step++) {
          const bytes = next(memory.largestBody)
          writer.write(head({ bytes }), new Uint8Array(bytes))
          if (next(4) === 0) {
            const values = [next(2 ** 32), 0, 0x7fff_ffff, 0x5a4d_0201, next(2048), 0x0800_0001, -1]
            memory.words[next(memory.words.length)] = values[next(values.length)] as number
          }
          for (let i = 0; i < 100 && reader.read(header, body); i++) {
            const length = header.kind === Kind.announce ? 0 : header.bytes
            expect(body.offset).to.be.at.least(128)
            expect(body.offset + length).to.be.at.most(2048)
          }
          if (reader.fault !== undefined) break
        }
      }
    })

    it('does not let a damaged position of the reader move the writer out of the ring', () => {
      for (const value of [-64, 1, 63, 4096, 2 ** 30, -1]) {
        const { memory, writer, reader } = make(4096)
        for (let i = 0; i < 500; i++) {
          memory.words[0] = value
          writer.write(head({ bytes: 100 }), new Uint8Array(100))
        }
        let taken = 0
        while (take(reader) !== undefined) taken++
        expect(reader.fault).to.equal(undefined)
        expect(taken).to.be.greaterThan(5)
      }
    })
  })
})
