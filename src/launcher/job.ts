/**
 * A job from start to end: starts the ranks through agents, answers their questions, and ends it all at the first
 * failure. Knows no process and no socket.
 */
import type { Readable, Writable } from 'node:stream'
import type { RankMessage } from '../bootstrap/control.ts'
import type { Logger } from '../logger.ts'
import { Observer } from './diagnosis/observer.ts'
import type { Agent, AgentEvents, ProcessEnd, RankStart, RankStreams } from './agent.ts'
import { Cuts } from './cuts.ts'
import type { Failure } from './failure.ts'
import { settle, unreceivedOf } from './ledger.ts'
import { Mail } from './mail.ts'
import type { LaunchOptions } from './options.ts'
import type { BrokenOutput, Output } from './output.ts'
import { RankRecord, type RankResult } from './rank-record.ts'
import { describeEnd, stoppedLine, unreceivedWarning, type Speaker } from './report.ts'
import { Roster } from './roster.ts'
import { StdinForwarder } from './stdin.ts'
import { STOPPED_AFTER, StoppedRanks } from './stopped-ranks.ts'
import { Verdict } from './verdict.ts'

export interface JobRequest {
  readonly options: Pick<LaunchOptions, 'timeout' | 'killGrace' | 'strict' | 'lease'>
  readonly ranks: readonly RankStart[]
  readonly output: Output
  /** Goes to the ranks that have a pipe for it. */
  readonly input: Readable | undefined
  readonly log: Logger
  /** Milliseconds for which a rank may be stopped before it is told. @default STOPPED_AFTER */
  readonly stoppedAfter?: number
  /** Whose words the launcher's own lines are. @default 'zmpirun' */
  readonly speaker?: Speaker
}

export interface JobResult {
  /** As `zmpirun` exits. */
  readonly exitCode: number
  /** What ended the job early. */
  readonly failure: Failure | undefined
  readonly ranks: readonly RankResult[]
}

/** Leases without a packet after which a connection is silent: TCP has sent again by then whatever a short cut has cost. */
const SILENT_LEASES = 12

export class Job {
  readonly #request: JobRequest
  readonly #agent: Agent
  readonly #records: readonly RankRecord[]
  readonly #mail = new Mail((rank, messages) => this.#agent.tell(rank, messages))
  readonly #roster = new Roster((rank, message) => this.#mail.post(rank, message))
  readonly #observer: Observer
  readonly #stopped: StoppedRanks
  readonly #cuts: Cuts
  readonly #verdict: Verdict
  readonly #allGone: Promise<void>
  #goneCount = 0
  #finish: () => void = () => {}
  readonly #stdins: Writable[] = []
  #input: StdinForwarder | undefined
  #limit: NodeJS.Timeout | undefined

  /** @param createAgent makes the agent, which reports to the events that it is given */
  constructor(request: JobRequest, createAgent: (events: AgentEvents) => Agent) {
    this.#request = request
    const silence = request.options.lease * SILENT_LEASES
    this.#observer = new Observer({
      ranks: () => this.#records.map((record) => record.view(this.#stopped.has(record.rank))),
      post: (rank, message) => this.#mail.post(rank, message),
      onDeadlock: (lines) => this.#verdict.reach({ kind: 'deadlock', lines }),
      onSilence: (missing) => {
        const losses = missing.map(({ source, destination, packets }) => ({ source, destination, messages: packets }))
        this.#verdict.reach({ kind: 'silence', losses, seconds: silence })
      },
      silence,
    })
    this.#records = request.ranks.map((start) => new RankRecord(start))
    const { output, log, stoppedAfter = STOPPED_AFTER, speaker = 'zmpirun' } = request
    this.#verdict = new Verdict({
      records: this.#records,
      observer: this.#observer,
      output,
      log,
      speaker,
      killGrace: request.options.killGrace,
      signal: (signal) => this.#agent.signal(signal),
      post: (rank, message) => this.#mail.post(rank, message),
    })
    this.#stopped = new StoppedRanks(
      (rank) => output.notice(stoppedLine(this.#record(rank).facts(), stoppedAfter / 1000, speaker)),
      stoppedAfter,
    )
    this.#cuts = new Cuts(this.#records, request.options.lease, (rank, { peer, reason }) => {
      this.#mail.post(rank, { type: 'gone', rank: peer, how: 'failed', detail: reason, sent: undefined })
      this.#verdict.reach({ kind: 'broken', rank, reason: `connection to rank ${peer}: ${reason}` })
    })
    this.#allGone = new Promise((resolve) => (this.#finish = resolve))
    this.#agent = createAgent({
      onStart: (rank, pid, streams) => this.#onStart(rank, pid, streams),
      onUnstartable: (rank, error) => this.#onUnstartable(rank, error),
      onMessage: (rank, message) => this.#onMessage(rank, message),
      onStopped: (rank, isStopped) => (isStopped ? this.#stopped.stopped(rank) : this.#stopped.goesOn(rank)),
      onEnd: (rank, end) => this.#onEnd(rank, end),
      onGone: (rank) => void this.#onGone(rank),
      onHostsFailed: (failures) => this.#verdict.reach({ kind: 'hosts', failures }),
    })
  }

  /** Runs the job. Resolves when nothing is left of it and all output has been written. */
  async run(): Promise<JobResult> {
    const { ranks, output, options } = this.#request
    this.#agent.start(ranks)
    const { timeout } = options
    if (timeout !== undefined)
      this.#limit = setTimeout(() => this.#verdict.reach({ kind: 'timeout', seconds: timeout }), timeout * 1000)
    await this.#allGone
    clearTimeout(this.#limit)
    this.#verdict.stop()
    this.#cuts.stop()
    this.#input?.stop()
    await this.#agent.close()
    const farewells = this.#records.map(({ farewell }) => farewell)
    const { failure, late } = settle(farewells, options.strict)
    if (failure !== undefined) this.#verdict.reach(failure)
    await this.#verdict.observed
    this.#verdict.tell()
    const warning = unreceivedWarning(unreceivedOf(farewells), late, this.#request.speaker)
    // After a failure it is most likely its consequence.
    if (warning !== '' && this.#verdict.failure === undefined) output.notice(warning)
    await output.close()
    return {
      exitCode: this.#verdict.status,
      failure: this.#verdict.failure,
      ranks: this.#records.map((record) => record.result()),
    }
  }

  /** The exit status, as far as it is decided. */
  get status(): number {
    return this.#verdict.status
  }

  /** Tells on stderr what everybody is doing. */
  report(): void {
    const tell = async (): Promise<void> => {
      const lines = await this.#observer.table()
      this.#request.output.notice(['zmpirun: the ranks:', ...lines.map((line) => `  ${line}`), ''].join('\n'))
    }
    void tell()
  }

  /**
   * What a signal to the launcher does. SIGINT once: SIGINT, the grace, SIGTERM, the grace, SIGKILL; twice: SIGKILL.
   * @returns false when even that has been done: leave, the reaper cleans up
   */
  interrupt(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): boolean {
    return this.#verdict.interrupt(signal)
  }

  /** Passes a signal on to all ranks. */
  forward(signal: NodeJS.Signals): void {
    this.#agent.signal(signal)
    if (signal === 'SIGCONT') this.#input?.recheck()
  }

  /** The reader of the output is gone, or the disk is full. */
  outputBroken({ where, error }: BrokenOutput): void {
    this.#verdict.reach({ kind: 'output', where, error })
  }

  #onStart(rank: number, pid: number, { stdin, stdout, stderr }: RankStreams): void {
    const { output, log } = this.#request
    const record = this.#record(rank)
    record.started(pid)
    record.output = Promise.all([output.attach(rank, 'stdout', stdout), output.attach(rank, 'stderr', stderr)])
    if (stdin !== undefined) this.#forward(stdin)
    log.info({ rank, pid, command: record.start.command, directory: record.start.workingDirectory }, 'rank started')
  }

  /** The input begins to flow when all who get it are there. */
  #forward(stdin: Writable): void {
    const { input, ranks } = this.#request
    const readers = this.#stdins.push(stdin)
    if (input !== undefined && readers === ranks.filter(({ hasInput }) => hasInput).length)
      this.#input = new StdinForwarder(input, this.#stdins)
  }

  #onUnstartable(rank: number, error: NodeJS.ErrnoException): void {
    this.#verdict.reach({ kind: 'unstartable', rank, error })
    void this.#onGone(rank)
  }

  #onMessage(rank: number, message: RankMessage): void {
    const record = this.#record(rank)
    this.#request.log.debug({ rank, message: message.type }, 'rank says')
    record.hasSpoken = true
    this.#roster.greet(rank)
    switch (message.type) {
      case 'join':
      case 'exit':
        return
      case 'open':
        return this.#roster.open(rank, message.address, message.host)
      case 'where':
        return this.#roster.where(rank, message.ranks)
      case 'ended':
        record.farewell = message
        // Its process may go on; for the others it has left.
        this.#roster.depart(rank, { how: 'ended', detail: 'normally', sent: new Map(message.sent) })
        return this.#observer.left(rank)
      case 'exiting':
        record.farewell = message
        return
      case 'abort':
        return this.#verdict.reach({ kind: 'abort', rank, code: message.code, reason: message.reason })
      case 'cut':
        return this.#cuts.heard(rank, message)
      case 'broken':
        return this.#verdict.reach({ kind: 'broken', rank, reason: message.reason })
      case 'blocked':
      case 'running':
      case 'state':
        return this.#observer.heard(rank, message)
    }
  }

  #onEnd(rank: number, end: ProcessEnd): void {
    const record = this.#record(rank)
    const { farewell } = record
    record.ended(end)
    this.#stopped.goesOn(rank)
    this.#request.log.info({ ...record.result() }, 'rank ended')
    const unsent = farewell?.type === 'exiting' ? farewell.queued : 0
    if (end.code !== 0) this.#verdict.reach({ kind: 'process', rank, end })
    else if (unsent > 0) this.#verdict.reach({ kind: 'unsent', rank, messages: unsent })
    const departure = {
      how: end.code !== 0 || unsent > 0 ? 'failed' : 'exited',
      detail: describeEnd(end.code, end.signal),
      sent: farewell && new Map(farewell.sent),
    } as const
    // Those who say now what they were doing hear of a failure afterwards.
    if (farewell?.type !== 'ended') void this.#verdict.observed.then(() => this.#roster.depart(rank, departure))
    this.#observer.left(rank)
  }

  async #onGone(rank: number): Promise<void> {
    await this.#record(rank).output
    const { failure } = this.#verdict
    // After a failure the last words of the others are most likely its consequence, and one stack is told.
    if (failure === undefined || failure.kind === 'interrupted') await this.#request.output.release(rank)
    else if ('rank' in failure && failure.rank === rank) {
      await this.#verdict.observed
      this.#verdict.tell()
    }
    this.#goneCount++
    if (this.#goneCount === this.#records.length) this.#finish()
  }

  #record(rank: number): RankRecord {
    const record = this.#records[rank]
    if (record === undefined) throw new Error(`bug: there is no rank ${rank}`)
    return record
  }
}
