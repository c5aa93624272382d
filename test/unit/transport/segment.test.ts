import { expect } from 'chai'
import { ringBytesFor, SegmentLayout } from '../../../src/transport/shared-memory/segment.ts'

const MIB = 1024 * 1024

describe('segment', () => {
  it('has a place of its own for everything, rings on pages', () => {
    for (const ranks of [1, 2, 3, 17, 64]) {
      const layout = new SegmentLayout(ranks, 32 * 1024, 1)
      const starts: [number, number][] = [[0, 64]]
      for (let from = 0; from < ranks; from++) {
        starts.push([layout.slot(from), 64])
        for (let to = 0; to < ranks; to++) {
          starts.push([layout.contact(from, to), 4], [layout.ring(from, to), layout.ringBytes])
          expect(layout.ring(from, to) % 4096).to.equal(0)
          expect(layout.contact(from, to)).to.be.lessThan(layout.lobbyBytes)
        }
      }
      starts.sort(([a], [b]) => a - b)
      for (const [i, [start, bytes]] of starts.entries())
        expect(start + bytes).to.be.at.most(starts[i + 1]?.[0] ?? layout.bytes)
    }
  })

  it('has smaller rings for more ranks and for less room, always a power of two', () => {
    const plenty = 1024 * MIB
    expect([2, 8, 16, 32, 64, 256].map((ranks) => ringBytesFor(ranks, plenty) / 1024)).to.deep.equal([
      512, 512, 512, 128, 32, 32,
    ])
    expect([2, 8, 16].map((ranks) => ringBytesFor(ranks, 64 * MIB) / 1024)).to.deep.equal([512, 512, 128])
    expect(ringBytesFor(2, 0)).to.equal(32 * 1024)
  })
})
