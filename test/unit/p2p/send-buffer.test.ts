import { expect } from 'chai'
import { RECORD_BYTES, SendBuffer } from '../../../src/p2p/send-buffer.ts'

const MIB = 1 << 20

describe('send buffer', () => {
  it('lends its budget until it is used up, records included, and takes it back', () => {
    const buffer = new SendBuffer(100_000)
    const costs: number[] = []
    for (let cost = buffer.reserve(1000); cost > 0; cost = buffer.reserve(1000)) costs.push(cost)
    expect(costs.length).to.be.within(100_000 / (1250 + RECORD_BYTES) - 1, 100_000 / (1000 + RECORD_BYTES))
    buffer.cede(costs[0] ?? 0)
    expect(buffer.reserve(1000)).to.be.greaterThan(0)
    expect(new SendBuffer(0).reserve(0)).to.equal(0)
  })

  it('copies payloads of every size and type, each into memory of its own', () => {
    const buffer = new SendBuffer(128 * MIB)
    const copies = [0, 1, 63, 64, 65, 1000, 1024, 32 * 1024, 32 * 1024 + 1, 300_000, 3 * MIB].map((bytes, fill) => {
      const copy = buffer.copy(new Uint8Array(bytes + 3).fill(fill).subarray(3))
      expect(copy.length).to.equal(bytes)
      return copy
    })
    for (const [fill, copy] of copies.entries()) expect(copy.every((byte) => byte === fill)).to.equal(true)
    const rest = [new Uint8Array(0), Uint8Array.of(1, 2), Buffer.alloc(300_000, 3)]
    const whole = Buffer.concat([
      new Uint8Array(Float64Array.of(1.5).buffer),
      Buffer.of(1, 2),
      Buffer.alloc(300_000, 3),
    ])
    expect(whole.equals(buffer.copy(Float64Array.of(1.5), rest))).to.equal(true)
    expect([...buffer.copy(new Float64Array([1, 2.5]).subarray(1))]).to.deep.equal([
      ...new Uint8Array(Float64Array.of(2.5).buffer),
    ])
  })

  it('uses what was released again: a flood that is taken in order holds no more than its longest queue', () => {
    const buffer = new SendBuffer(12 * MIB)
    // Those of one size make room for the next.
    for (const bytes of [100, 1024, 60_000, 4 * MIB]) {
      const queue: Uint8Array[] = []
      const body = new Uint8Array(bytes)
      for (let i = 0; i < Math.min(20_000, (96 * MIB) / bytes); i++) {
        queue.push(buffer.copy(body))
        if ((queue.length + 1) * bytes * 1.25 > 10 * MIB) buffer.release(queue.shift() as Uint8Array)
      }
      expect(buffer.heldBytes, `${bytes} bytes`).to.be.at.most(12 * MIB)
      for (const copy of queue) buffer.release(copy)
    }
  })

  it('holds nothing of a copy for which there is no memory', () => {
    const buffer = new SendBuffer(MIB)
    const huge = { buffer: new ArrayBuffer(0), byteOffset: 0, byteLength: 2 ** 52 }
    expect(() => buffer.copy(new Uint8Array(8), [huge])).to.throw(RangeError)
    expect(buffer.heldBytes).to.equal(0)
  })

  it('writes into memory only once it was released', () => {
    const buffer = new SendBuffer(MIB)
    const kept = buffer.copy(new Uint8Array(1000).fill(1))
    const forgotten = buffer.copy(new Uint8Array(1000).fill(2))
    buffer.forget(forgotten)
    for (let i = 0; i < 1000; i++) buffer.release(buffer.copy(new Uint8Array(990 + (i % 20)).fill(3)))
    expect([...new Set(kept), ...new Set(forgotten)]).to.deep.equal([1, 2])
  })
})
