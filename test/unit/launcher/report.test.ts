import { expect } from 'chai'
import { failureBlock, unreceivedWarning, type FailureFacts } from '../../../src/launcher/report.ts'

const RANK = { rank: 3, host: 'h2', isLocal: false, pid: 812, command: 'node ring.ts' }
const WITHOUT: Omit<FailureFacts, 'failure'> = {
  rank: RANK,
  lastWords: { lines: [], alreadyShown: true },
  others: 0,
  activity: [],
  unreceived: [],
}

describe('failureBlock', () => {
  it('names rank, host, pid, what happened, its last words, how many others and one next step', () => {
    const block = failureBlock({
      ...WITHOUT,
      failure: { kind: 'process', rank: 3, end: { code: 1, signal: undefined } },
      lastWords: { lines: ['', 'Error: boom', '    at ring.ts:3:5', ''], alreadyShown: false },
      others: 5,
    })
    expect(block).to.equal(
      [
        'zmpirun: rank 3 on h2 (pid 812) exited with code 1',
        '  its last words:',
        '  | Error: boom',
        '  |     at ring.ts:3:5',
        '  5 other ranks stopped',
        '  next: see the first line of the stack that is in your own files',
        '',
      ].join('\n'),
    )
  })

  it('names the signal', () => {
    const block = failureBlock({
      ...WITHOUT,
      failure: { kind: 'process', rank: 3, end: { code: undefined, signal: 'SIGKILL' } },
      others: 1,
    })
    expect(block).to.match(
      /^zmpirun: rank 3 on h2 \(pid 812\) was killed by SIGKILL\n {2}1 other rank stopped\n {2}next: .*memory/,
    )
  })

  it('names what could not be started', () => {
    const error = Object.assign(new Error('spawn node EAGAIN'), { code: 'EAGAIN' })
    const block = failureBlock({
      ...WITHOUT,
      rank: { ...RANK, pid: undefined },
      failure: { kind: 'unstartable', rank: 3, error },
    })
    expect(block).to.match(/^zmpirun: rank 3 on h2 could not be started: EAGAIN: node ring\.ts\n/)
    expect(block).to.include('fewer ranks')
  })

  it('shows what everybody was doing', () => {
    const activity = ['rank  host  state', '0     h2    computing']
    const others = { ...WITHOUT, rank: undefined, others: 99, activity }
    expect(failureBlock({ ...others, failure: { kind: 'timeout', seconds: 2 } })).to.equal(
      [
        'zmpirun: the time limit of 2 s is over; the ranks:',
        '  rank  host  state',
        '  0     h2    computing',
        '  99 ranks stopped',
        '  next: raise --timeout, or see what these ranks wait for',
        '',
      ].join('\n'),
    )
  })

  it('tells a deadlock in the words of its diagnosis', () => {
    const failure = { kind: 'deadlock', lines: ['deadlock: all 2 ranks wait', '  likely cause: wrong tag'] } as const
    const block = failureBlock({ ...WITHOUT, rank: undefined, failure })
    expect(block).to.match(/^zmpirun: deadlock: all 2 ranks wait\n {2}likely cause: wrong tag\n/)
  })

  it('tells under --strict what nobody received', () => {
    const unreceived = [{ rank: 1, unreceived: [{ source: 0, tag: 3, communicator: 'world', messages: 2 }] }]
    const block = failureBlock({
      ...WITHOUT,
      rank: undefined,
      unreceived,
      failure: { kind: 'unreceived', messages: 2 },
    })
    expect(block).to.include('2 messages that nobody received (--strict):')
    expect(block).to.include('rank 1: 2 messages from rank 0 with tag 3 on world')
  })
})

describe('unreceivedWarning', () => {
  it('is empty when there is nothing to warn of', () => {
    expect(unreceivedWarning([{ rank: 0, unreceived: [] }])).to.equal('')
  })

  it('names receiver, sender, tag and communicator', () => {
    const unreceived = [{ source: 2, tag: 5, communicator: 'world', messages: 1 }]
    expect(unreceivedWarning([{ rank: 0, unreceived }])).to.include('rank 0: 1 message from rank 2 with tag 5 on world')
    const late = [{ source: 1, destination: 3, messages: 2 }]
    expect(unreceivedWarning([], late)).to.include('rank 3: 2 messages from rank 1 after it had ended')
  })
})
