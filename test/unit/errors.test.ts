import { expect } from 'chai'
import { isMpiError, MpiError } from '../../src/errors.ts'

describe('MpiError', () => {
  it('tells its code and facts', () => {
    const cause = new Error('inner')
    const facts = { rank: 1, peer: 3, tag: 9, operation: 'receive', communicator: 'world', cause }
    const error = new MpiError('ERR_TIMEOUT', 'timed out', facts)
    expect(error).to.be.instanceOf(Error)
    expect(error).to.include({ ...facts, code: 'ERR_TIMEOUT' })
    expect(error.message).to.equal('timed out')
  })

  it('has its own name in texts and stacks, and no cause unless one is given', () => {
    const error = new MpiError('ERR_FREED', 'gone')
    expect(String(error)).to.equal('MpiError: gone')
    expect(error.stack).to.match(/^MpiError: gone\n +at .*errors\.test/)
    expect(Object.hasOwn(error, 'cause')).to.equal(false)
    expect(Object.keys(error)).to.not.include('name')
  })

  it('is known across copies of the library by isMpiError', async () => {
    // A query makes it another module with another class.
    const copy = (await import(new URL('../../src/errors.js?copy', import.meta.url).href)) as {
      MpiError: typeof MpiError
    }
    const foreign = new copy.MpiError('ERR_ABORTED', 'elsewhere')
    expect(foreign).to.not.be.instanceOf(MpiError)
    expect(isMpiError(foreign)).to.equal(true)
    for (const other of [new Error('x'), { code: 'ERR_ABORTED' }, undefined, null, 'ERR_ABORTED'])
      expect(isMpiError(other)).to.equal(false)
  })
})
