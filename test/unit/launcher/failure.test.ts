import { expect } from 'chai'
import { exitStatus } from '../../../src/launcher/failure.ts'

describe('exitStatus', () => {
  const errno = (code: string) => Object.assign(new Error(code), { code })

  it('is 0 without a failure', () => {
    expect(exitStatus(undefined)).to.equal(0)
  })

  it("is the process's code, or 128 and the number of its signal", () => {
    expect(exitStatus({ kind: 'process', rank: 0, end: { code: 7, signal: undefined } })).to.equal(7)
    expect(exitStatus({ kind: 'process', rank: 0, end: { code: undefined, signal: 'SIGSEGV' } })).to.equal(139)
  })

  it('is 70 for lost messages, 110 for a time limit, 130 for Ctrl-C', () => {
    expect(exitStatus({ kind: 'broken', rank: 0, reason: '' })).to.equal(70)
    expect(exitStatus({ kind: 'unsent', rank: 0, messages: 1 })).to.equal(70)
    expect(exitStatus({ kind: 'lost', losses: [] })).to.equal(70)
    expect(exitStatus({ kind: 'timeout', seconds: 1 })).to.equal(110)
    expect(exitStatus({ kind: 'interrupted', signal: 'SIGINT' })).to.equal(130)
  })

  it('is 127 for what is not there, 126 for what cannot be started', () => {
    expect(exitStatus({ kind: 'unstartable', rank: 0, error: errno('ENOENT') })).to.equal(127)
    expect(exitStatus({ kind: 'unstartable', rank: 0, error: errno('EACCES') })).to.equal(126)
  })

  it("is SIGPIPE's for a reader that is gone, 1 for a full disk", () => {
    expect(exitStatus({ kind: 'output', where: 'stdout', error: errno('EPIPE') })).to.equal(141)
    expect(exitStatus({ kind: 'output', where: 'stdout', error: errno('ENOSPC') })).to.equal(1)
  })
})
