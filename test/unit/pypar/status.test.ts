import { expect } from 'chai'
import { ndarray } from '../../../src/pypar/ndarray.ts'
import { statusOf } from '../../../src/pypar/status.ts'

const envelope = { source: 3, tag: 7, bytes: 99, count: 1, type: 'object' } as const

describe('pypar Status', () => {
  it('counts the elements of arrays', () => {
    const status = statusOf(envelope, new Float32Array(5))
    expect(status).to.include({ source: 3, tag: 7, error: 0, length: 5, size: 4 })
    expect(status.bytes()).to.equal(20)
    expect(statusOf(envelope, ndarray(new Int16Array(6), [2, 3])).bytes()).to.equal(12)
  })

  it('counts the bytes of strings and the bytes on the wire of objects', () => {
    expect(statusOf(envelope, 'Größe')).to.include({ length: 7, size: 1 })
    expect(statusOf(envelope, { a: 1 })).to.include({ length: 99, size: 1 })
  })
})
