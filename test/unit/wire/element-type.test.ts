import { expect } from 'chai'
import { isTypedArray, TYPED_ARRAYS } from '../../../src/wire/element-type.ts'

describe('isTypedArray', () => {
  it('is true for the eleven typed arrays and Buffer', () => {
    for (const type of TYPED_ARRAYS) expect(isTypedArray(new type(1)), type.name).to.equal(true)
    expect(TYPED_ARRAYS).to.have.length(11)
    expect(isTypedArray(Buffer.alloc(1))).to.equal(true)
  })

  it('is false for anything else', () => {
    for (const other of [new DataView(new ArrayBuffer(1)), new ArrayBuffer(1), [1], 'text', 1, null, undefined, {}])
      expect(isTypedArray(other)).to.equal(false)
  })
})
