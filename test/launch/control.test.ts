import { expect } from 'chai'
import type { AgentMessage, RankMessage } from '../../src/bootstrap/control.ts'
import { program, zmpirun, type RunResult } from '../support/zmpirun.ts'

/** What a rank of speak.mjs does: says, waits for so many answers, says its last. */
interface Part {
  readonly say: readonly RankMessage[]
  readonly answers: number
  readonly last?: readonly RankMessage[]
}

function speak(...parts: readonly Part[]): Promise<RunResult> {
  const words = ['-n', String(parts.length), program('speak.mjs'), JSON.stringify(parts)]
  return zmpirun(words)
}

/** What each rank has heard. */
function heard({ stdout }: RunResult, rank: number): AgentMessage[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith(`[${rank}] `))
    .map((line) => JSON.parse(line.slice(4)) as AgentMessage)
}

const open = (rank: number): RankMessage => ({ type: 'open', address: `address ${rank}`, host: 'here' })
const where = (...ranks: number[]): RankMessage => ({ type: 'where', ranks })
const ended = (sent: number[][] = [], received: number[][] = []): RankMessage =>
  ({ type: 'ended', sent, received, confirmed: [], unreceived: [] }) as unknown as RankMessage

describe('the control channel', () => {
  it('tells where a rank is, as soon as it is known', async () => {
    // Each asks before it opens: so the other, which waits for its address, cannot have left before the question.
    const run = await speak(
      { say: [where(1), open(0)], answers: 1, last: [ended()] },
      { say: [where(0), open(1)], answers: 1, last: [ended()] },
    )
    expect(run.code).to.equal(0)
    expect(heard(run, 0)[0]).to.deep.equal({ type: 'at', rank: 1, address: 'address 1', host: 'here' })
    expect(heard(run, 1)[0]).to.deep.equal({ type: 'at', rank: 0, address: 'address 0', host: 'here' })
  })

  it('tells who has left, how, and how many messages it has sent to whom it tells', async () => {
    const run = await speak(
      { say: [open(0), where(1)], answers: 1, last: [ended([[1, 3]])] },
      { say: [open(1)], answers: 1, last: [ended([], [[0, 3]])] },
    )
    expect(run.code).to.equal(0)
    expect(heard(run, 1)).to.deep.equal([{ type: 'gone', rank: 0, how: 'ended', detail: 'normally', sent: 3 }])
  })

  it('answers the question for a rank that has left by that it has left', async () => {
    const run = await speak({ say: [], answers: 0 }, { say: [where(0)], answers: 1, last: [ended()] })
    expect(heard(run, 1)).to.deep.equal([{ type: 'gone', rank: 0, how: 'exited', detail: 'exited with code 0' }])
  })

  it('ends the job by abort, with its code and reason', async () => {
    const run = await speak(
      { say: [open(0)], answers: 1 },
      { say: [{ type: 'abort', code: 42, reason: 'enough' }], answers: 1 },
    )
    expect(run.code).to.equal(42)
    expect(run.stderr).to.match(/rank 1 on \S+ \(pid \d+\) aborted the job with code 42: enough/)
  })

  it('ends the job with 70 when a rank finds communication broken', async () => {
    const run = await speak(
      { say: [open(0)], answers: 1 },
      { say: [{ type: 'broken', reason: 'a packet is missing' }], answers: 1 },
    )
    expect(run.code).to.equal(70)
    expect(run.stderr).to.include('a packet is missing')
  })

  it('ends the job with 70 when a rank leaves by process.exit(0) with unsent messages', async () => {
    const run = await speak(
      { say: [open(0)], answers: 1 },
      {
        say: [{ type: 'exiting', code: 0, queued: 2, sent: [], received: [], confirmed: [], unreceived: [] }],
        answers: 0,
      },
    )
    expect(run.code).to.equal(70)
    expect(run.stderr).to.match(/rank 1 on .* called process\.exit with 2 messages not yet sent/)
  })

  it('ends with 70 when what a rank sent before process.exit has not arrived', async () => {
    const run = await speak(
      {
        say: [{ type: 'exiting', code: 0, queued: 0, sent: [[1, 5]], received: [], confirmed: [], unreceived: [] }],
        answers: 0,
      },
      { say: [open(1)], answers: 1, last: [ended([], [[0, 4]])] },
    )
    expect(run.code).to.equal(70)
    expect(run.stderr).to.include('1 message from rank 0 to rank 1')
  })

  it('warns of messages that nobody received', async () => {
    const unreceived = [{ source: 1, tag: 7, communicator: 'world', messages: 2 }]
    const run = await speak(
      { say: [{ type: 'ended', sent: [], received: [], confirmed: [], unreceived }], answers: 0 },
      { say: [], answers: 0 },
    )
    expect(run.code).to.equal(0)
    expect(run.stderr).to.include('rank 0: 2 messages from rank 1 with tag 7 on world')
  })

  it('that carries junk ends the job', async () => {
    const { code, stderr } = await zmpirun(['-n', '1', 'sh', '-c', 'echo junk >&3; sleep 1000'])
    expect(code).to.equal(70)
    expect(stderr).to.include('junk')
  })
})
