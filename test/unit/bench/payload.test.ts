import { expect } from 'chai'
import { checkEcho, makeArray, makePayload } from '../../../bench/programs/payload.ts'

describe('bench payload', () => {
  it('takes back what was sent, also as bytes', () => {
    checkEcho('array', 64, makeArray(64))
    checkEcho('array', 64, Buffer.from(makeArray(64).buffer))
    checkEcho('records', 3, makePayload('records', 3))
    checkEcho('field', 64, makePayload('field', 64))
  })

  it('refuses a wrong echo', () => {
    expect(() => checkEcho('array', 64, makeArray(56))).to.throw('not what was sent')
    expect(() => checkEcho('array', 64, new Float64Array(8))).to.throw('not what was sent')
    expect(() => checkEcho('records', 3, makePayload('records', 2))).to.throw('not what was sent')
    expect(() => checkEcho('field', 64, { step: 3, field: makeArray(56) })).to.throw('not what was sent')
    expect(() => checkEcho('field', 64, { field: makeArray(64) })).to.throw('not what was sent')
    expect(() => checkEcho('record', 1, undefined)).to.throw('not what was sent')
  })
})
