import { PassThrough, Writable } from 'node:stream'
import { expect } from 'chai'
import { createLogger } from '../../../src/logger.ts'
import type { Agent, AgentEvents, RankStart } from '../../../src/launcher/agent.ts'
import { Job, type JobResult } from '../../../src/launcher/job.ts'
import { Output } from '../../../src/launcher/output.ts'

/** An agent whose ranks do what the test says. */
class FakeAgent implements Agent {
  readonly events: AgentEvents
  readonly signals: NodeJS.Signals[] = []
  readonly stderr: PassThrough[] = []
  isClosed = false

  constructor(events: AgentEvents) {
    this.events = events
  }

  start(ranks: readonly RankStart[]): void {
    for (const { placement } of ranks) {
      const [stdout, stderr] = [new PassThrough().end(), new PassThrough()]
      this.stderr[placement.rank] = stderr
      this.events.onStart(placement.rank, 100 + placement.rank, { stdin: undefined, stdout, stderr })
    }
  }

  tell(): void {}

  signal(signal: NodeJS.Signals): void {
    this.signals.push(signal)
  }

  close(): void {
    this.isClosed = true
  }

  end(rank: number, code: number | undefined, signal?: NodeJS.Signals): void {
    this.events.onEnd(rank, { code, signal })
    this.stderr[rank]?.end()
    this.events.onGone(rank)
  }
}

describe('Job', () => {
  let told: string
  let agent: FakeAgent

  function start(size: number, killGrace: number, hosts = ['here']): { job: Job; result: Promise<JobResult> } {
    told = ''
    const stderr = new Writable({
      write(chunk: Buffer, _, done) {
        told += chunk.toString()
        done()
      },
    })
    const colour = { stdout: false, stderr: false }
    const style = { size, label: true, colour, timestamp: false, directory: undefined, interactive: false }
    const output = new Output({ stdout: new PassThrough(), stderr, shared: false }, style, () => {})
    const facts = { user: undefined, slots: size, maxSlots: undefined, cores: [0], isLocal: true }
    const hostOf = (rank: number) => ({ ...facts, name: hosts[rank % hosts.length] ?? '' })
    const ranks = Array.from({ length: size }, (_, rank) => ({
      placement: { rank, application: 0, host: hostOf(rank), localRank: rank, localSize: size, core: undefined },
      command: ['program'],
      environment: {},
      workingDirectory: '/',
      hasInput: false,
    }))
    const log = createLogger('silent', 'test', () => {})
    const request = {
      options: { timeout: undefined, killGrace, strict: false, lease: 5 },
      ranks,
      output,
      input: undefined,
      log,
    }
    const job = new Job(request, (events) => (agent = new FakeAgent(events)))
    return { job, result: job.run() }
  }

  it('ends with 0 and closes its agent when all ranks have ended well', async () => {
    const { result } = start(2, 5)
    agent.end(1, 0)
    agent.end(0, 0)
    expect((await result).exitCode).to.equal(0)
    expect(agent.isClosed).to.equal(true)
    expect(agent.signals).to.deep.equal([])
    expect(told).to.equal('')
  })

  it('keeps the first failure whatever follows', async () => {
    const { job, result } = start(3, 5)
    agent.end(1, undefined, 'SIGSEGV')
    expect(agent.signals).to.deep.equal(['SIGTERM'])
    agent.end(0, 9)
    job.outputBroken({ where: 'stdout', error: Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }) })
    agent.end(2, undefined, 'SIGTERM')
    expect((await result).exitCode).to.equal(139)
    expect(told.match(/zmpirun:/g)).to.have.length(1)
    expect(told).to.include('rank 1 on here (pid 101) was killed by SIGSEGV')
    expect(told).to.include('2 other ranks stopped')
  })

  it('sends SIGKILL to who has not ended after the grace', async () => {
    const { result } = start(2, 0)
    agent.end(0, 1)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(agent.signals).to.deep.equal(['SIGTERM', 'SIGKILL'])
    agent.end(1, undefined, 'SIGKILL')
    expect((await result).exitCode).to.equal(1)
  })

  it('climbs to SIGKILL by the second SIGINT and gives up at the third', async () => {
    const { job, result } = start(1, 1000)
    expect(job.interrupt('SIGINT')).to.equal(true)
    expect(job.interrupt('SIGINT')).to.equal(true)
    expect(agent.signals).to.deep.equal(['SIGINT', 'SIGKILL'])
    expect(job.interrupt('SIGINT')).to.equal(false)
    agent.end(0, undefined, 'SIGKILL')
    expect((await result).exitCode).to.equal(130)
  })

  it('takes a second SIGTERM for the first one', async () => {
    const { job, result } = start(1, 1000)
    job.interrupt('SIGTERM')
    job.interrupt('SIGTERM')
    expect(agent.signals).to.deep.equal(['SIGTERM'])
    agent.end(0, 0)
    expect((await result).exitCode).to.equal(143)
  })

  it('tells a lost message when both sides have ended well', async () => {
    const { result } = start(2, 5)
    agent.events.onMessage(0, {
      type: 'exiting',
      code: 0,
      queued: 0,
      sent: [[1, 2]],
      received: [],
      confirmed: [],
      unreceived: [],
    })
    agent.events.onMessage(1, { type: 'ended', sent: [], received: [[0, 1]], confirmed: [], unreceived: [] })
    agent.end(0, 0)
    agent.end(1, 0)
    expect((await result).exitCode).to.equal(70)
    expect(told).to.include('1 message from rank 0 to rank 1')
  })

  for (const [received, words] of [
    [1, '1 message from rank 0 to rank 1'],
    [3, '1 message too many from rank 0 to rank 1'],
  ] as const)
    it(`ends with 70 when of two messages that were confirmed ${received} were counted`, async () => {
      const { result } = start(2, 5)
      const account = { unreceived: [], received: [], sent: [], confirmed: [] }
      agent.events.onMessage(0, { ...account, type: 'ended', sent: [[1, 2]], confirmed: [1] })
      agent.events.onMessage(1, { ...account, type: 'ended', received: [[0, received]] })
      agent.end(0, 0)
      agent.end(1, 0)
      expect((await result).exitCode).to.equal(70)
      expect(told).to.include('zmpirun: messages were lost or came twice').and.include(`  ${words}\n`)
      expect(agent.signals).to.deep.equal([])
    })

  it('tells of what nobody received although the rank has called process.exit', async () => {
    const { result } = start(1, 5)
    const unreceived = [{ source: 0, tag: 3, communicator: 'world', messages: 2 }]
    const account = { received: [], sent: [], confirmed: [], unreceived }
    agent.events.onMessage(0, { ...account, type: 'exiting', code: 0, queued: 0 })
    agent.end(0, 0)
    expect((await result).exitCode).to.equal(0)
    expect(told).to.include('warning: messages that nobody received:\n  rank 0: 2 messages from rank 0 with tag 3')
  })

  it('says nothing when the reader of its output is gone', async () => {
    const { job, result } = start(1, 5)
    job.outputBroken({ where: 'stdout', error: Object.assign(new Error('EPIPE'), { code: 'EPIPE' }) })
    agent.end(0, undefined, 'SIGTERM')
    expect((await result).exitCode).to.equal(141)
    expect(told).to.equal('')
  })

  it('takes a broken connection for the end of a rank when that comes to light a little later', async () => {
    const { result } = start(3, 5)
    const gone = { type: 'ended', sent: [], received: [], confirmed: [], unreceived: [] } as const
    agent.events.onMessage(0, { type: 'cut', peer: 1, reason: 'it has closed the connection' })
    agent.events.onMessage(2, { type: 'cut', peer: 0, reason: 'it has closed the connection' })
    for (const rank of [1, 0]) agent.events.onMessage(rank, gone)
    // Longer than the launcher waits.
    await new Promise((resolve) => setTimeout(resolve, 1200))
    await new Promise((resolve) => setImmediate(resolve))
    for (const rank of [0, 1, 2]) agent.end(rank, 0)
    expect((await result).exitCode).to.equal(0)
    expect(told).to.equal('')
  })

  it('waits longer between hosts, of whose ends it may hear late', async () => {
    const { result } = start(2, 5, ['here', 'there'])
    agent.events.onMessage(0, { type: 'cut', peer: 1, reason: 'connection closed' })
    // Longer than it would wait for ranks of one host.
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(agent.signals).to.deep.equal([])
    agent.events.onMessage(1, { type: 'ended', sent: [], received: [], confirmed: [], unreceived: [] })
    for (const rank of [0, 1]) agent.end(rank, 0)
    expect((await result).exitCode).to.equal(0)
    expect(told).to.equal('')
  })

  it('ends when a connection between two ranks is gone that both go on', async () => {
    const { result } = start(2, 5)
    agent.events.onMessage(1, { type: 'cut', peer: 0, reason: 'connection lost' })
    while (agent.signals.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(agent.signals).to.deep.equal(['SIGTERM'])
    for (const rank of [0, 1]) agent.end(rank, undefined, 'SIGTERM')
    expect((await result).exitCode).to.equal(70)
    expect(told).to.include('connection to rank 0: connection lost')
  })
})
