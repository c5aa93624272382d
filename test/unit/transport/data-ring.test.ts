import { expect } from 'chai'
import { DataRing, GRAIN } from '../../../src/transport/data-ring.ts'
import { Random } from '../../support/random.ts'

const BYTES = 16 * GRAIN

describe('data ring', () => {
  it('lays pieces one after the other, each in one stretch, from its start on where one would cross its end', () => {
    const ring = new DataRing(BYTES)
    const starts = [1, GRAIN, GRAIN + 1, 12 * GRAIN, 12 * GRAIN, 4 * GRAIN, 1].map((bytes) => {
      const start = ring.start(bytes)
      ring.pass(bytes)
      return start / GRAIN
    })
    expect(starts).to.deep.equal([0, 1, 2, 4, 0, 12, 0])
    expect(ring.passed).to.equal(16 + 16 + 1)
  })

  it('spares what has not been taken: pieces of any length, by a writer that goes ahead as far as it may', () => {
    const random = new Random(5)
    const [writer, reader] = [new DataRing(BYTES), new DataRing(BYTES)]
    const there: { passed: number; start: number; bytes: number }[] = []
    for (let step = 0; step < 5000; step++) {
      const bytes = 1 + random.below(4 * GRAIN)
      const oldest = there[0]
      if (oldest === undefined || writer.spares(oldest.passed, bytes)) {
        const start = writer.start(bytes)
        for (const other of there)
          expect(start >= other.start + other.bytes || start + bytes <= other.start, `step ${step}`).to.equal(true)
        expect(start + bytes).to.be.at.most(BYTES)
        there.push({ passed: writer.passed, start, bytes })
        writer.pass(bytes)
      } else {
        // Where the writer has laid it, the reader finds it.
        expect(reader.start(oldest.bytes)).to.equal(oldest.start)
        reader.pass(oldest.bytes)
        there.shift()
      }
    }
  })

  it('stays within its bytes, whatever the lengths', () => {
    const ring = new DataRing(BYTES)
    for (const bytes of [2 ** 31 - 1, 5, BYTES, BYTES + 1, 2 ** 31 - GRAIN, 7 * GRAIN]) {
      expect(ring.start(5)).to.be.within(0, BYTES - GRAIN)
      ring.pass(bytes)
    }
  })
})
