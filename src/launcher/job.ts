/**
 * A job from start to end: starts the ranks through agents, answers their questions, and ends it all at the first
 * failure. One verdict is reached once; what happens afterwards is its consequence. Knows no process and no socket.
 */
import type { Readable, Writable } from 'node:stream'
import type { AgentMessage, RankMessage } from '../bootstrap/control.ts'
import type { Logger } from '../logger.ts'
import { Observer, type RankView } from './diagnosis/observer.ts'
import type { Agent, AgentEvents, ProcessEnd, RankStart, RankStreams } from './agent.ts'
import { exitStatus, type Failure } from './failure.ts'
import { balance, type Farewell } from './ledger.ts'
import type { LaunchOptions } from './options.ts'
import type { BrokenOutput, Output } from './output.ts'
import {
  describeEnd,
  failureBlock,
  stoppedLine,
  unreceivedWarning,
  type RankFacts,
  type RankUnreceived,
} from './report.ts'
import { Roster } from './roster.ts'
import { quoteForShell } from './shell-quote.ts'
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
}

/** How one rank ended. */
export interface RankResult extends ProcessEnd {
  readonly rank: number
  readonly host: string
  readonly pid: number | undefined
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
/** Failures that are found when all ranks are gone, and are told then. */
const AT_THE_END: ReadonlySet<Failure['kind']> = new Set(['lost', 'miscounted', 'unreceived'])

/** What the job knows of one rank. */
interface RankRecord {
  readonly start: RankStart
  pid: number | undefined
  end: ProcessEnd | undefined
  farewell: Farewell | undefined
  hasSpoken: boolean
  /** When it began, or ended: milliseconds of performance.now(). */
  since: number
  output: Promise<unknown>
}

export class Job {
  readonly #request: JobRequest
  readonly #agent: Agent
  readonly #records: readonly RankRecord[]
  readonly #roster = new Roster((rank, message) => this.#post(rank, message))
  readonly #observer: Observer
  readonly #stopped: StoppedRanks
  readonly #mail = new Map<number, AgentMessage[]>()
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
  /** Signals that are still to be sent; undefined: nothing is being stopped. */
  #ladder: readonly NodeJS.Signals[] | undefined
  #step: NodeJS.Timeout | undefined
  #limit: NodeJS.Timeout | undefined

  /** @param createAgent makes the agent, which reports to the events that it is given */
  constructor(request: JobRequest, createAgent: (events: AgentEvents) => Agent) {
    this.#request = request
    const silence = request.options.lease * SILENT_LEASES
    this.#observer = new Observer({
      ranks: () => this.#records.map((_, rank) => this.#view(rank)),
      post: (rank, message) => this.#post(rank, message),
      onDeadlock: (lines) => this.fail({ kind: 'deadlock', lines }),
      onSilence: (missing) => {
        const losses = missing.map(({ source, destination, packets }) => ({ source, destination, messages: packets }))
        this.fail({ kind: 'silence', losses, seconds: silence })
      },
      silence,
    })
    this.#records = request.ranks.map((start) => ({
      start,
      pid: undefined,
      end: undefined,
      farewell: undefined,
      hasSpoken: false,
      since: performance.now(),
      output: Promise.resolve(),
    }))
    const { stoppedAfter = STOPPED_AFTER } = request
    this.#stopped = new StoppedRanks(
      (rank) => request.output.notice(stoppedLine(this.#facts(rank), stoppedAfter / 1000)),
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
    clearTimeout(this.#step)
    this.#input?.stop()
    await this.#agent.close()
    const { lost, late, miscounted } = balance(this.#records.map(({ farewell }) => farewell))
    if (miscounted.length > 0) this.fail({ kind: 'miscounted', losses: miscounted })
    if (lost.length > 0) this.fail({ kind: 'lost', losses: lost })
    const unreceived = this.#unreceived()
    if (unreceived.length > 0 && options.strict) this.fail({ kind: 'unreceived', messages: sumOf(unreceived) })
    await this.#observed
    this.#tell()
    const warning = unreceivedWarning(unreceived, late)
    // After a failure it is most likely its consequence.
    if (warning !== '' && this.#failure === undefined) output.notice(warning)
    await output.close()
    return { exitCode: exitStatus(this.#failure), failure: this.#failure, ranks: this.#results() }
  }

  /**
   * Ends the job for this reason, unless it is already being ended for another.
   * @param signals what the ranks get, one after the other, `killGrace` seconds apart
   */
  fail(failure: Failure, signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGKILL']): void {
    if (this.#failure !== undefined) return
    this.#failure = failure
    this.#others = this.#records.filter(({ pid, end, start }) => {
      return pid !== undefined && end === undefined && !('rank' in failure && failure.rank === start.placement.rank)
    }).length
    this.#request.log.info({ failure: failure.kind, others: this.#others }, 'the job ends')
    this.#observer.stop()
    if (AT_THE_END.has(failure.kind)) return
    if (failure.kind === 'deadlock') this.#breakDeadlock(failure.lines, signals)
    else if (failure.kind === 'timeout' || (TABLED.has(failure.kind) && this.#observer.hasMuchToTell))
      this.#observe(signals)
    else this.#stop(signals)
    if ('rank' in failure) return
    void this.#observed.then(() => this.#tell())
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
    if (this.#ladder === undefined) {
      if (signal === 'SIGINT')
        output.notice(`zmpirun: SIGINT: the ranks have ${options.killGrace} s to end (once more: kill them now)\n`)
      this.fail({ kind: 'interrupted', signal }, signal === 'SIGINT' ? ['SIGINT', 'SIGTERM', 'SIGKILL'] : undefined)
      return true
    }
    if (signal !== 'SIGINT') {
      if (this.#ladder.includes('SIGTERM')) this.#stop(['SIGTERM', 'SIGKILL'])
      return true
    }
    if (this.#ladder.length === 0) return false
    this.#stop(['SIGKILL'])
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
    this.#ladder = signals
    const observe = async (): Promise<void> => {
      this.#activity = await this.#observer.table()
      if (this.#ladder === signals) this.#stop(signals)
    }
    this.#observed = observe()
  }

  /** The ranks hear of it and may handle it. Most end by it; the others get the signals after the grace. */
  #breakDeadlock(lines: readonly string[], signals: readonly NodeJS.Signals[]): void {
    const text = lines.map((line) => line.trim()).join('; ')
    for (const [rank, { end, hasSpoken }] of this.#records.entries())
      if (end === undefined && hasSpoken) this.#post(rank, { type: 'deadlock', text })
    this.#ladder = signals
    this.#step = setTimeout(() => this.#stop(signals), this.#request.options.killGrace * 1000)
  }

  #stop([signal, ...rest]: readonly NodeJS.Signals[]): void {
    clearTimeout(this.#step)
    this.#ladder = rest
    if (signal === undefined) return
    this.#request.log.debug({ signal }, 'signal to all ranks')
    this.#agent.signal(signal)
    if (rest.length > 0) this.#step = setTimeout(() => this.#stop(rest), this.#request.options.killGrace * 1000)
  }

  #onStart(rank: number, pid: number, { stdin, stdout, stderr }: RankStreams): void {
    const { output, log } = this.#request
    const record = this.#record(rank)
    record.pid = pid
    record.since = performance.now()
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
      case 'broken':
        return this.fail({ kind: 'broken', rank, reason: message.reason })
      case 'blocked':
      case 'running':
      case 'state':
        return this.#observer.heard(rank, message)
    }
  }

  #onEnd(rank: number, end: ProcessEnd): void {
    const record = this.#record(rank)
    const { farewell } = record
    record.end = end
    this.#stopped.goesOn(rank)
    record.since = performance.now()
    this.#request.log.info({ rank, pid: record.pid, ...end }, 'rank ended')
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

  /** Messages of one tick go out together. */
  #post(rank: number, message: AgentMessage): void {
    if (this.#mail.size === 0)
      setImmediate(() => {
        for (const [addressee, messages] of this.#mail) this.#agent.tell(addressee, messages)
        this.#mail.clear()
      })
    const messages = this.#mail.get(rank)
    if (messages === undefined) this.#mail.set(rank, [message])
    else messages.push(message)
  }

  /** Tells the failure, once. */
  #tell(): void {
    const failure = this.#failure
    if (failure === undefined || this.#isTold) return
    this.#isTold = true
    if (failure.kind === 'interrupted' || exitsSilently(failure)) return
    const rank = 'rank' in failure ? failure.rank : undefined
    const { lines, alreadyShown } =
      rank === undefined ? { lines: [], alreadyShown: true } : this.#request.output.lastWords(rank)
    this.#request.output.notice(
      failureBlock({
        failure,
        rank: rank === undefined ? undefined : this.#facts(rank),
        lastWords: { lines: lines.map((line) => line.toString()), alreadyShown },
        others: this.#others,
        activity: this.#activity,
        unreceived: this.#unreceived(),
      }),
    )
  }

  #facts(rank: number): RankFacts {
    const { start, pid } = this.#record(rank)
    const { name, isLocal } = start.placement.host
    return { rank, host: name, isLocal, pid, command: start.command.map(quoteForShell).join(' ') }
  }

  #view(rank: number): RankView {
    const { start, end, farewell, hasSpoken, since } = this.#record(rank)
    return {
      rank,
      host: start.placement.host.name,
      end: end === undefined ? undefined : describeEnd(end.code, end.signal),
      seconds: (performance.now() - since) / 1000,
      hasSpoken,
      hasFinished: farewell?.type === 'ended',
      isStopped: this.#stopped.has(rank),
    }
  }

  #unreceived(): RankUnreceived[] {
    return this.#records.flatMap(({ farewell }, rank) =>
      farewell !== undefined && farewell.unreceived.length > 0 ? [{ rank, unreceived: farewell.unreceived }] : [],
    )
  }

  #results(): RankResult[] {
    return this.#records.map(({ start, pid, end }, rank) => ({
      rank,
      host: start.placement.host.name,
      pid,
      code: end?.code,
      signal: end?.signal,
    }))
  }

  #record(rank: number): RankRecord {
    const record = this.#records[rank]
    if (record === undefined) throw new Error(`bug: there is no rank ${rank}`)
    return record
  }
}

function sumOf(all: readonly RankUnreceived[]): number {
  return all.flatMap(({ unreceived }) => unreceived).reduce((sum, { messages }) => sum + messages, 0)
}

/** As a tool that was killed by SIGPIPE. */
function exitsSilently(failure: Failure): boolean {
  return failure.kind === 'output' && failure.error.code === 'EPIPE'
}
