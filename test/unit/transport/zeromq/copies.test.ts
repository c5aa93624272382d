import { expect } from 'chai'
import { CopyPool, LentCopies } from '../../../../src/transport/zeromq/copies.ts'

const body = (bytes: number, value: number): Uint8Array => new Uint8Array(bytes).fill(value)

describe('LentCopies', () => {
  it('gives the body itself where no copy is asked for', () => {
    const lent = new LentCopies(new CopyPool())
    const large = body(100_000, 1)
    expect(lent.next(large, false)).to.equal(large)
    expect(lent.some).to.equal(false)
  })

  it('copies, and uses memory again only when the peer has acknowledged it', () => {
    const lent = new LentCopies(new CopyPool())
    const first = lent.next(body(20_000, 1), true)
    const second = lent.next(body(20_000, 2), true)
    expect(first).to.deep.equal(body(20_000, 1))
    expect(second.buffer).not.to.equal(first.buffer)
    lent.acknowledge(0)
    expect(lent.next(body(20_000, 3), true).buffer).not.to.be.oneOf([first.buffer, second.buffer])
    lent.acknowledge(1)
    const fourth = lent.next(body(30_000, 4), true)
    expect(fourth.buffer).to.equal(first.buffer)
    expect(fourth).to.deep.equal(body(30_000, 4))
    expect(second).to.deep.equal(body(20_000, 2))
  })

  it('counts bodies that were not copied, too', () => {
    const lent = new LentCopies(new CopyPool())
    lent.next(body(20_000, 1), false)
    const copy = lent.next(body(20_000, 2), true)
    lent.acknowledge(1)
    expect(lent.next(body(20_000, 3), true).buffer).not.to.equal(copy.buffer)
    lent.acknowledge(2)
    expect(lent.next(body(20_000, 4), true).buffer).to.equal(copy.buffer)
  })

  it('never uses the memory of a lost peer again, and gives its room to others', () => {
    const pool = new CopyPool()
    const lost = new LentCopies(pool)
    const copies = Array.from({ length: 40 }, () => lost.next(body(1 << 20, 1), true))
    lost.clear()
    const other = new LentCopies(pool)
    const fresh = other.next(body(1 << 20, 2), true)
    expect(copies.map(({ buffer }) => buffer)).not.to.include(fresh.buffer)
    other.acknowledge(1)
    expect(other.next(body(1 << 20, 3), true).buffer).to.equal(fresh.buffer)
  })

  for (const bytes of [900_000, 2 ** 20])
    it(`holds a bounded amount of memory: what exceeds it is not kept (${bytes} B)`, () => {
      const lent = new LentCopies(new CopyPool())
      const buffers = Array.from({ length: 40 }, () => lent.next(body(bytes, 1), true).buffer)
      lent.acknowledge(40)
      const again = Array.from({ length: 40 }, () => lent.next(body(bytes, 1), true).buffer)
      expect(again.filter((buffer) => buffers.includes(buffer))).to.have.length(16)
    })
})
