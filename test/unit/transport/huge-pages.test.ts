import { expect } from 'chai'
import { HugePages } from '../../../src/transport/huge-pages.ts'

const MIB = 1024 * 1024
const WISH = 14
const MOVE = 25

describe('huge pages', () => {
  const calls: number[][] = []
  const pages = new HugePages((...call) => calls.push(call))
  beforeEach(() => {
    calls.length = 0
  })

  it('are wished for once, for large arrays, in whole pages of what is copied and nothing else', () => {
    const memory = new ArrayBuffer(20 * MIB)
    for (let i = 0; i < 3; i++) pages.copied(new Uint8Array(memory, 1000, 5 * MIB), 50_000)
    pages.copied(new Uint8Array(memory, 2000, 4 * MIB), 51_000)
    pages.copied(new Uint8Array(memory, 0, 4 * MIB - 1), 49_000)
    expect(calls).to.deep.equal([[53_248, 50_000 + 5 * MIB - 53_248, WISH]])
    pages.copied(new Uint8Array(memory, 10 * MIB), 49_000 + 10 * MIB)
    expect(calls.length).to.equal(2)
  })

  it('take in what is copied again and again, a part at a time, and then no more, though some of it may be refused', () => {
    const array = new Float64Array((10 * MIB) / 8)
    for (let i = 0; i < 16; i++) pages.copied(array, 5000)
    expect(calls.length).to.equal(1)
    for (let i = 0; i < 20; i++) pages.copied(array, 5000)
    expect(calls.slice(1)).to.deep.equal([
      [2 * MIB, 4 * MIB, MOVE],
      [6 * MIB, 4 * MIB, MOVE],
      [10 * MIB, 5000, MOVE],
    ])
    pages.copied(new Float64Array((10 * MIB) / 8), 0)
    expect(calls.at(-1)?.[2]).to.equal(WISH)
  })
})
