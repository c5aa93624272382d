import { expect } from 'chai'
import { ndarray } from '../../../src/pypar/ndarray.ts'
import { Outbox, snapshot } from '../../../src/pypar/outbox.ts'

describe('pypar outbox', () => {
  it('is drained when every kept send is out', async () => {
    const outbox = new Outbox()
    const release: (() => void)[] = []
    const sending = [0, 1].map(() => new Promise<void>((resolve) => release.push(resolve)))
    for (const promise of sending) outbox.keep(promise)
    let isDrained = false
    const drained = outbox.drained().then(() => (isDrained = true))
    release[0]?.()
    await sending[0]
    expect(isDrained).to.equal(false)
    release[1]?.()
    await drained
    expect(isDrained).to.equal(true)
  })

  it('adds up the bytes that programs ask for', () => {
    const outbox = new Outbox()
    expect(outbox.reserve(new Float64Array(3))).to.equal(24)
    expect(outbox.reserve('Größe')).to.equal(31)
    expect(outbox.reserve(ndarray(new Int8Array(6), [2, 3]))).to.equal(37)
    expect(outbox.reserve({ a: 1 })).to.be.above(37)
    expect(outbox.resize(0)).to.equal(0)
    expect(outbox.size).to.equal(0)
    expect(() => outbox.resize(-2)).to.throw(RangeError, 'nbytes is -2')
  })
})

describe('snapshot', () => {
  it('copies what a send would borrow, keeping its type', () => {
    for (const value of [Int32Array.of(1, 2), Buffer.from('ab')]) {
      const copy = snapshot(value)
      expect(copy).to.deep.equal(value)
      expect(Object.getPrototypeOf(copy)).to.equal(Object.getPrototypeOf(value))
      const before = Array.from(copy as Uint8Array)
      value.fill(0)
      expect(Array.from(copy as Uint8Array)).to.deep.equal(before)
    }
  })

  it('leaves to the send what is serialised there', () => {
    const value = { a: new Int32Array(2) }
    expect(snapshot(value)).to.equal(value)
  })
})
