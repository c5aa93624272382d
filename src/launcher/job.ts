/**
 * A job from start to end: starts the ranks through agents, answers their questions, and ends it all at the first
 * failure. One verdict is reached once; what happens afterwards is its consequence. Knows no process and no socket.
 */
import type { Readable, Writable } from 'node:stream'
import type { RankMessage } from '../bootstrap/control.ts'
import type { Logger } from '../logger.ts'
import { Observer } from './diagnosis/observer.ts'
import type { Agent, AgentEvents, ProcessEnd, RankStart, RankStreams } from './agent.ts'
import { exitStatus, isFoundAtTheEnd, isSilent, type Failure } from './failure.ts'
import { Ladder } from './ladder.ts'
import { settle, unreceivedOf } from './ledger.ts'
import { Mail } from './mail.ts'
import type { LaunchOptions } from './options.ts'
import type { BrokenOutput, Output } from './output.ts'
import { RankRecord, type RankResult } from './rank-record.ts'
import { describeEnd, failureBlock, stoppedLine, unreceivedWarning, type Speaker } from './report.ts'
import { Roster } from './roster.ts'
import { StdinForwarder } from './stdin.ts'
import { STOPPED_AFTER, StoppedRanks } from './stopped-ranks.ts'

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

/** Failures after which it helps to see what the other ranks were doing. */
const TABLED: ReadonlySet<Failure['kind']> = new Set(['process', 'broken', 'unsent', 'silence'])
/**
 * Milliseconds for which a broken connection may turn out to be the end of a rank; between hosts a lease more, since after a
 * short cut TCP may be as late with the word of it. What was said meanwhile is read first.
 */
const PATIENCE = 1000

export class Job {
  readonly #request: JobRequest
  readonly #agent: Agent
  readonly #records: readonly RankRecord[]
  readonly #mail = new Mail((rank, messages) => this.#agent.tell(rank, messages))
  readonly #roster = new Roster((rank, message) => this.#mail.post(rank, message))
  readonly #observer: Observer
  readonly #stopped: StoppedRanks
  readonly #ladder: Ladder
  readonly #allGone: Promise<void>
  #goneCount = 0
  #finish: () => void = () => {}
  readonly #stdins: Writable[] = []
  #input: StdinForwarder | undefined
  #failure: Failure | undefined
  /** Running ranks when the failure was found. */
  #others = 0
  /** What everybody did at that time. */
  #activity: readonly string[] = []
  #observed: Promise<void> = Promise.resolve()
  #isTold = false
  #limit: NodeJS.Timeout | undefined
  /** Broken connections that may turn out to be normal ends. */
  readonly #cuts: NodeJS.Timeout[] = []

  /** @param createAgent makes the agent, which reports to the events that it is given */
  constructor(request: JobRequest, createAgent: (events: AgentEvents) => Agent) {
    this.#request = request
    const silence = request.options.lease * SILENT_LEASES
    this.#observer = new Observer({
      ranks: () => this.#records.map((record) => record.view(this.#stopped.has(record.rank))),
      post: (rank, message) => this.#mail.post(rank, message),
      onDeadlock: (lines) => this.fail({ kind: 'deadlock', lines }),
      onSilence: (missing) => {
        const losses = missing.map(({ source, destination, packets }) => ({ source, destination, messages: packets }))
        this.fail({ kind: 'silence', losses, seconds: silence })
      },
      silence,
    })
    this.#records = request.ranks.map((start) => new RankRecord(start))
    this.#ladder = new Ladder((signal) => {
      request.log.debug({ signal }, 'signal to all ranks')
      this.#agent.signal(signal)
    }, request.options.killGrace * 1000)
    const { stoppedAfter = STOPPED_AFTER } = request
    this.#stopped = new StoppedRanks(
      (rank) => request.output.notice(stoppedLine(this.#record(rank).facts(), stoppedAfter / 1000, request.speaker)),
      stoppedAfter,
    )
    this.#allGone = new Promise((resolve) => (this.#finish = resolve))
    this.#agent = createAgent({
      onStart: (rank, pid, streams) => this.#onStart(rank, pid, streams),
      onUnstartable: (rank, error) => this.#onUnstartable(rank, error),
      onMessage: (rank, message) => this.#onMessage(rank, message),
      onStopped: (rank, isStopped) => (isStopped ? this.#stopped.stopped(rank) : this.#stopped.goesOn(rank)),
      onEnd: (rank, end) => this.#onEnd(rank, end),
      onGone: (rank) => void this.#onGone(rank),
      onHostsFailed: (failures) => this.fail({ kind: 'hosts', failures }),
    })
  }

  /** Runs the job. Resolves when nothing is left of it and all output has been written. */
  async run(): Promise<JobResult> {
    const { ranks, output, options } = this.#request
    this.#agent.start(ranks)
    const { timeout } = options
    if (timeout !== undefined)
      this.#limit = setTimeout(() => this.fail({ kind: 'timeout', seconds: timeout }), timeout * 1000)
    await this.#allGone
    clearTimeout(this.#limit)
    this.#ladder.stop()
    for (const cut of this.#cuts) clearTimeout(cut)
    this.#input?.stop()
    await this.#agent.close()
    const farewells = this.#records.map(({ farewell }) => farewell)
    const { failure, late } = settle(farewells, options.strict)
    if (failure !== undefined) this.fail(failure)
    await this.#observed
    this.#tell()
    const warning = unreceivedWarning(unreceivedOf(farewells), late, this.#request.speaker)
    // After a failure it is most likely its consequence.
    if (warning !== '' && this.#failure === undefined) output.notice(warning)
    await output.close()
    return {
      exitCode: exitStatus(this.#failure),
      failure: this.#failure,
      ranks: this.#records.map((record) => record.result()),
    }
  }

  /**
   * Ends the job for this reason, unless it is already being ended for another.
   * @param signals what the ranks get, one after the other, `killGrace` seconds apart
   */
  fail(failure: Failure, signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGKILL']): void {
    if (this.#failure !== undefined) return
    this.#failure = failure
    const isNamed = (rank: number): boolean => 'rank' in failure && failure.rank === rank
    this.#others = this.#records.filter(({ rank, isRunning }) => isRunning && !isNamed(rank)).length
    this.#request.log.info({ failure: failure.kind, others: this.#others }, 'the job ends')
    this.#observer.stop()
    if (isFoundAtTheEnd(failure)) return
    if (failure.kind === 'deadlock') this.#breakDeadlock(failure.lines, signals)
    else if (failure.kind === 'timeout' || (TABLED.has(failure.kind) && this.#observer.hasMuchToTell))
      this.#observe(signals)
    else this.#ladder.climb(signals)
    if ('rank' in failure) return
    void this.#observed.then(() => this.#tell())
  }

  /** The exit status, as far as it is decided. */
  get status(): number {
    return exitStatus(this.#failure)
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
    const { output, options } = this.#request
    const { left } = this.#ladder
    if (left === undefined) {
      if (signal === 'SIGINT')
        output.notice(`zmpirun: SIGINT: the ranks have ${options.killGrace} s to end (once more: kill them now)\n`)
      this.fail({ kind: 'interrupted', signal }, signal === 'SIGINT' ? ['SIGINT', 'SIGTERM', 'SIGKILL'] : undefined)
      return true
    }
    if (signal !== 'SIGINT') {
      if (left.includes('SIGTERM')) this.#ladder.climb(['SIGTERM', 'SIGKILL'])
      return true
    }
    if (left.length === 0) return false
    this.#ladder.climb(['SIGKILL'])
    return true
  }

  /** Passes a signal on to all ranks. */
  forward(signal: NodeJS.Signals): void {
    this.#agent.signal(signal)
    if (signal === 'SIGCONT') this.#input?.recheck()
  }

  /** The reader of the output is gone, or the disk is full. */
  outputBroken({ where, error }: BrokenOutput): void {
    this.fail({ kind: 'output', where, error })
  }

  /** Looks what everybody is doing before they are stopped. */
  #observe(signals: readonly NodeJS.Signals[]): void {
    this.#observed = this.#observer.table().then((lines) => void (this.#activity = lines))
    this.#ladder.prepare(signals, this.#observed)
  }

  /** The ranks hear of it and may handle it. Most end by it; the others get the signals after the grace. */
  #breakDeadlock(lines: readonly string[], signals: readonly NodeJS.Signals[]): void {
    const text = lines.map((line) => line.trim()).join('; ')
    for (const { rank, isRunning, hasSpoken } of this.#records)
      if (isRunning && hasSpoken) this.#mail.post(rank, { type: 'deadlock', text })
    this.#ladder.prepare(signals)
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
    this.fail({ kind: 'unstartable', rank, error })
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
        return this.fail({ kind: 'abort', rank, code: message.code, reason: message.reason })
      case 'cut':
        this.#cuts.push(setTimeout(() => setImmediate(() => this.#onCut(rank, message)), this.#patience))
        return
      case 'broken':
        return this.fail({ kind: 'broken', rank, reason: message.reason })
      case 'blocked':
      case 'running':
      case 'state':
        return this.#observer.heard(rank, message)
    }
  }

  get #patience(): number {
    const { options, ranks } = this.#request
    const [first, ...others] = ranks.map(({ placement }) => placement.host.name)
    return others.every((host) => host === first) ? PATIENCE : PATIENCE + options.lease * 1000
  }

  /** Two ranks have lost each other. Unless one of them has left, of which both hear, the job cannot go on. */
  #onCut(rank: number, { peer, reason }: RankMessage & { readonly type: 'cut' }): void {
    const ranks = [rank, peer].map((one) => this.#record(one))
    if (ranks.some(({ isRunning, farewell }) => !isRunning || farewell !== undefined)) return
    this.#mail.post(rank, { type: 'gone', rank: peer, how: 'failed', detail: reason, sent: undefined })
    this.fail({ kind: 'broken', rank, reason: `connection to rank ${peer}: ${reason}` })
  }

  #onEnd(rank: number, end: ProcessEnd): void {
    const record = this.#record(rank)
    const { farewell } = record
    record.ended(end)
    this.#stopped.goesOn(rank)
    this.#request.log.info({ ...record.result() }, 'rank ended')
    const unsent = farewell?.type === 'exiting' ? farewell.queued : 0
    if (end.code !== 0) this.fail({ kind: 'process', rank, end })
    else if (unsent > 0) this.fail({ kind: 'unsent', rank, messages: unsent })
    const departure = {
      how: end.code !== 0 || unsent > 0 ? 'failed' : 'exited',
      detail: describeEnd(end.code, end.signal),
      sent: farewell && new Map(farewell.sent),
    } as const
    // Those who say now what they were doing hear of a failure afterwards.
    if (farewell?.type !== 'ended') void this.#observed.then(() => this.#roster.depart(rank, departure))
    this.#observer.left(rank)
  }

  async #onGone(rank: number): Promise<void> {
    await this.#record(rank).output
    const failure = this.#failure
    // After a failure the last words of the others are most likely its consequence, and one stack is told.
    if (failure === undefined || failure.kind === 'interrupted') await this.#request.output.release(rank)
    else if ('rank' in failure && failure.rank === rank) {
      await this.#observed
      this.#tell()
    }
    this.#goneCount++
    if (this.#goneCount === this.#records.length) this.#finish()
  }

  /** Tells the failure, once. */
  #tell(): void {
    const failure = this.#failure
    if (failure === undefined || this.#isTold) return
    this.#isTold = true
    if (isSilent(failure)) return
    const rank = 'rank' in failure ? failure.rank : undefined
    const { lines, alreadyShown } =
      rank === undefined ? { lines: [], alreadyShown: true } : this.#request.output.lastWords(rank)
    this.#request.output.notice(
      failureBlock({
        failure,
        rank: rank === undefined ? undefined : this.#record(rank).facts(),
        lastWords: { lines: lines.map((line) => line.toString()), alreadyShown },
        others: this.#others,
        activity: this.#activity,
        unreceived: unreceivedOf(this.#records.map(({ farewell }) => farewell)),
        speaker: this.#request.speaker ?? 'zmpirun',
      }),
    )
  }

  #record(rank: number): RankRecord {
    const record = this.#records[rank]
    if (record === undefined) throw new Error(`bug: there is no rank ${rank}`)
    return record
  }
}
