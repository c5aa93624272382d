import { expect } from 'chai'
import { HugePages } from '../../../src/transport/huge-pages.ts'

const MIB = 1024 * 1024
const WISH = 14
const MOVE = 25

describe('huge pages', () => {
  it('are wished for large arrays once, in whole pages of all their memory', () => {
    const calls: number[][] = []
    const pages = new HugePages((...call) => (calls.push(call), 0))
    const memory = new ArrayBuffer(10 * MIB)
    for (let i = 0; i < 3; i++) pages.copied(new Uint8Array(memory, 1000, 5 * MIB), 50_000)
    pages.copied(new Uint8Array(memory, 0, 4 * MIB - 1), 49_000)
    expect(calls).to.deep.equal([[49_152, 10 * MIB - 152, WISH]])
  })

  it('take in what is copied again and again, a part at a time, and then no more', () => {
    const calls: number[][] = []
    const pages = new HugePages((...call) => (calls.push(call), 0))
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

  it('are not asked for again where the system refuses', () => {
    const calls: number[][] = []
    const pages = new HugePages((...call) => (calls.push(call), -1))
    const array = new Uint8Array(8 * MIB)
    for (let i = 0; i < 40; i++) pages.copied(array, 0)
    expect(calls.map(([, , advice]) => advice)).to.deep.equal([WISH, MOVE])
  })
})
