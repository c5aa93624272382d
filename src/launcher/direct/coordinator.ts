/**
 * The coordinator of ranks that another launcher has started: waits until all have come, tells them who is where, and from
 * then on is their launcher, but for starting them: it keeps their addresses, tells who has left, finds deadlocks and ends
 * the job at the first failure. All speak to it through their proxies, which stay awake while ranks compute.
 */
import { randomInt } from 'node:crypto'
import { promises } from 'node:timers'
import type { TransportChoice } from '../../bootstrap/environment.ts'
import { createLogger } from '../../logger.ts'
import { prepareSockets } from '../../transport/zeromq/sockets.ts'
import type { AgentEvents } from '../agent.ts'
import { rangesText } from '../diagnosis/ranks-text.ts'
import { Job } from '../job.ts'
import { Output } from '../output.ts'
import { decode } from '../remote/messages.ts'
import { describeEnd } from '../report.ts'
import { Company, startOf } from './company.ts'
import { entriesOf } from './entries.ts'
import { Gathering } from './gathering.ts'
import { Lines } from './lines.ts'
import { isNewcomer, type Newcomer, type Report } from './messages.ts'
import type { Rendezvous } from './rendezvous.ts'
import { Sharing } from './sharing.ts'

/** Seconds between a failure's SIGTERM and SIGKILL. */
const GRACE = 5
/** Milliseconds in which those that come too late are told that it is over, and those that were lost may come again. */
const LATE = 2000

export interface CoordinatorOptions {
  readonly size: number
  readonly rendezvous: Rendezvous
  /** Seconds in which all ranks must have come. */
  readonly patience: number
  /** Seconds. */
  readonly lease: number
  readonly transport: TransportChoice
  readonly logLevel: string
}

export class Coordinator {
  readonly #options: CoordinatorOptions
  readonly #gathering: Gathering
  readonly #job = randomInt(1, 2 ** 31)
  readonly #lines = new Lines((rank) => this.#company?.sensed(rank))
  readonly #sharing = new Sharing(this.#job, (rank, order) => this.#lines.tell(rank, order))
  #isInsecure = false
  /** Ends the wait for the ranks; with a reason: in vain. */
  #conclude: (reason: string | undefined) => void = () => {}
  #refusal: string | undefined
  /** Afterwards the launcher cannot be asked any more who somebody is. */
  #isGathering = true
  /** What is to be heard again when the job runs. */
  readonly #backlog: (() => void)[] = []
  #company: Company | undefined
  #running: Job | undefined

  constructor(options: CoordinatorOptions) {
    this.#options = options
    this.#gathering = new Gathering(options.size)
  }

  /** Listens, and shows the door. */
  async open(): Promise<void> {
    const { rendezvous, size } = this.#options
    prepareSockets(size)
    const { addresses, keys } = await rendezvous.bindings()
    this.#isInsecure = keys === 'none'
    const endpoints = await this.#lines.open(addresses, keys)
    if (this.#isInsecure)
      process.stderr.write('zmpi: warning: ZMPI_INSECURE: whoever reaches these hosts can read and change messages\n')
    await rendezvous.open({ endpoints, key: keys === 'none' ? keys : keys.publicKey })
  }

  /** Serves the job to its end. Resolves with its exit status. */
  async run(): Promise<number> {
    const listening = this.#listen()
    const reason = await this.#gathered()
    this.#refusal = reason
    this.#isGathering = false
    await this.#options.rendezvous.close()
    const status = reason === undefined ? await this.#runJob() : await this.#refuseAll(reason)
    this.#lines.close()
    await listening
    return status
  }

  /** The launcher wants the job to end. */
  interrupt(): void {
    if (this.#running === undefined) this.#conclude('the launcher has ended the job')
    else this.#running.interrupt('SIGTERM')
  }

  async #gathered(): Promise<string | undefined> {
    const { patience, size } = this.#options
    const timer = new AbortController()
    const reason = await Promise.race([
      new Promise<string | undefined>((resolve) => (this.#conclude = resolve)),
      promises.setTimeout(patience * 1000, undefined, timer).then(
        () => `of ${size} ranks these have not come within ${patience} s: ${rangesText(this.#gathering.missing)}`,
        () => undefined,
      ),
    ])
    timer.abort()
    return reason
  }

  async #refuseAll(reason: string): Promise<number> {
    this.#lines.tellAll({ type: 'refused', reason })
    await promises.setTimeout(LATE)
    return 1
  }

  async #runJob(): Promise<number> {
    const { size, lease, transport, logLevel } = this.#options
    const seats = this.#gathering.seats()
    const sharing = await this.#sharing.share(transport === 'zmq' ? [] : seats)
    const entries = entriesOf(seats, { job: this.#job, transport, logLevel, isInsecure: this.#isInsecure, sharing })
    const target = process.stderr
    const style = { size, label: false, colour: { stdout: false, stderr: false } }
    const output = new Output(
      { stdout: target, stderr: target, shared: true },
      { ...style, timestamp: false, directory: undefined, interactive: false },
      () => {},
    )
    const log = createLogger(logLevel, 'zmpi', (line) => output.notice(line))
    const newcomers = seats.map(({ newcomer }) => newcomer)
    const createAgent = (events: AgentEvents): Company => {
      const status = (): number => this.#running?.status ?? 1
      this.#company = new Company(
        { entries, newcomers, lease, send: (rank, order) => this.#lines.tell(rank, order), status },
        events,
      )
      return this.#company
    }
    const options = { timeout: undefined, killGrace: GRACE, strict: false, lease }
    const ranks = seats.map(startOf)
    this.#running = new Job({ options, ranks, output, input: undefined, log, speaker: 'zmpi' }, createAgent)
    const ended = this.#running.run()
    for (const hear of this.#backlog) hear()
    const { exitCode } = await ended
    return exitCode
  }

  async #listen(): Promise<void> {
    for await (const { connection, frames } of this.#lines.reports())
      if (frames === undefined) this.#lost(connection)
      else await this.#take(connection, frames)
  }

  /** Whoever says what no proxy says, or cannot be confirmed, is sent away: nobody else suffers from it. */
  async #take(connection: string, frames: readonly Buffer[]): Promise<void> {
    try {
      await this.#hear(connection, decode<Report>(frames).message)
    } catch (error) {
      const reason = `rank 0 cannot make out what it has said: ${(error as Error).message}`
      this.#lines.say(connection, { type: 'refused', reason })
      this.#lost(connection)
    }
  }

  async #hear(connection: string, report: Report): Promise<void> {
    if (report.type === 'hello') return this.#greet(connection, report)
    const rank = this.#lines.rankOf(connection)
    if (rank === undefined) return
    if (this.#company !== undefined) this.#company.hear(rank, report)
    else if (report.type === 'created' || report.type === 'opened') this.#sharing.answered(rank, report)
    else if (report.type === 'left') this.#leftEarly(rank, describeEnd(report.code, undefined), report)
    else if (report.type === 'said' && report.message.type === 'abort')
      this.#leftEarly(rank, `aborted the job with code ${report.message.code}`, report)
  }

  async #greet(connection: string, newcomer: Newcomer): Promise<void> {
    if (!isNewcomer(newcomer)) throw new Error('a hello that does not say who comes')
    const { rank } = newcomer
    const objection = await this.#objection(newcomer)
    if (objection !== undefined) return this.#lines.say(connection, { type: 'refused', reason: objection })
    // It has come by another way already.
    if (this.#lines.has(rank)) return
    this.#lines.admit(connection, rank)
    const { lease } = this.#options
    this.#lines.say(connection, { type: 'welcome', lease, pulse: this.#lines.portFor(newcomer.via) })
    if (this.#gathering.isComplete) this.#conclude(undefined)
  }

  async #objection(newcomer: Newcomer): Promise<string | undefined> {
    const { rank, token } = newcomer
    if (this.#refusal !== undefined) return this.#refusal
    if (!this.#lines.has(rank)) {
      if (!this.#isGathering) {
        // One that was lost a moment ago may come again, until the job runs.
        const isBack = this.#company === undefined && this.#gathering.get(rank)?.token === token
        if (!isBack) return 'all ranks of the job have come already'
      } else if (!(await this.#options.rendezvous.confirms(rank, token))) return 'its launcher knows of another one'
    }
    return this.#gathering.admit(newcomer)
  }

  /** Before the job runs: while the ranks gather it ends that, afterwards it is the first that the job hears. */
  #leftEarly(rank: number, how: string, report: Report | string): void {
    const { pid, host } = this.#gathering.get(rank) ?? {}
    this.#backlog.push(() => {
      if (typeof report === 'string') this.#company?.lose(rank, report)
      else this.#company?.hear(rank, report)
    })
    this.#conclude(`rank ${rank} on ${host?.name} (pid ${pid}) ${how} before all ranks had come`)
    this.#sharing.giveUp()
  }

  #lost(connection: string): void {
    const rank = this.#lines.drop(connection)
    if (rank === undefined) return
    if (this.#company === undefined) setTimeout(() => this.#missed(rank), LATE).unref()
    else this.#company.lose(rank, connectionEnded(rank))
  }

  /** While the ranks gather, one that was not answered quickly comes again. */
  #missed(rank: number): void {
    if (this.#lines.has(rank)) return
    if (this.#company === undefined) this.#leftEarly(rank, 'was lost', connectionEnded(rank))
    else this.#company.lose(rank, connectionEnded(rank))
  }
}

function connectionEnded(rank: number): string {
  return `the connection to rank ${rank} has ended`
}
