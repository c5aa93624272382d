/**
 * The coordinator of ranks that another launcher has started: waits until all have come, tells them who is where, and from
 * then on is their launcher, but for starting them: it keeps their addresses, tells who has left, finds deadlocks and ends
 * the job at the first failure. All speak to it through their proxies, which stay awake while ranks compute.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { promises } from 'node:timers'
import type { Entry, Network } from '../../bootstrap/control.ts'
import type { TransportChoice } from '../../bootstrap/environment.ts'
import { createLogger } from '../../logger.ts'
import type { Protection } from '../../transport/zeromq/keys.ts'
import { createKeys, Hub, prepareSockets } from '../../transport/zeromq/sockets.ts'
import type { AgentEvents, RankStart } from '../agent.ts'
import { rangesText } from '../diagnosis/ranks-text.ts'
import { Job } from '../job.ts'
import { Output } from '../output.ts'
import { anyPort } from '../remote/address.ts'
import { decode, encode } from '../remote/messages.ts'
import { describeEnd } from '../report.ts'
import { Company } from './company.ts'
import { Gathering, type Seat } from './gathering.ts'
import { isNewcomer, type Newcomer, type Order, type Report } from './messages.ts'
import { PulsePorts } from './pulse-ports.ts'
import type { Rendezvous } from './rendezvous.ts'

const LARGEST_REPORT = 64 << 20
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
  /** The connections of those that were admitted, by rank. */
  readonly #connections = new Map<number, string>()
  readonly #ranks = new Map<string, number>()
  #hub: Hub | undefined
  #keys: Protection = 'none'
  readonly #pulses = new PulsePorts((connection) => this.#sensed(connection))
  /** Ends the wait for the ranks; with a reason: in vain. */
  #conclude: (reason: string | undefined) => void = () => {}
  #refusal: string | undefined
  /** Afterwards the launcher cannot be asked any more who somebody is. */
  #isGathering = true
  /** Takes the answers of a round of questions; undefined: there will be none. */
  #answered: (rank: number, report: Report | undefined) => void = () => {}
  /** What is to be heard again when the job runs. */
  readonly #backlog: (() => void)[] = []
  #company: Company | undefined
  #running: Job | undefined
  #isOver = false

  constructor(options: CoordinatorOptions) {
    this.#options = options
    this.#gathering = new Gathering(options.size)
  }

  /** Listens, and shows the door. */
  async open(): Promise<void> {
    const { rendezvous, size } = this.#options
    prepareSockets(size)
    const { addresses, keys } = await rendezvous.bindings()
    const hub = new Hub(LARGEST_REPORT, keys)
    this.#hub = hub
    this.#keys = keys
    const endpoints: string[] = []
    for (const address of addresses) {
      const endpoint = await bind(hub, address)
      endpoints.push(endpoint)
      await this.#pulses.open(endpoint)
    }
    if (keys === 'none')
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
    this.#isOver = true
    this.#pulses.close()
    this.#hub?.close()
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
    for (const connection of this.#connections.values()) this.#say(connection, { type: 'refused', reason })
    await promises.setTimeout(LATE)
    return 1
  }

  async #runJob(): Promise<number> {
    const { size, lease, logLevel } = this.#options
    const seats = this.#gathering.seats()
    const sharing = await this.#share(seats)
    const network = this.#network(seats)
    const entries = seats.map((seat): Entry => ({
      environment: {
        rank: seat.newcomer.rank,
        size,
        localRank: seat.localRank,
        localSize: seat.neighbours.length,
        neighbours: seat.neighbours,
        job: this.#job,
        directory: '',
        controlFd: 0,
        // Where it is, its own proxy knows.
        segment: sharing.has(seat.newcomer.host.id) ? 'open' : '',
        transport: this.#options.transport,
        logLevel,
      },
      network: network(seat),
    }))
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
        { entries, newcomers, lease, send: (rank, order) => this.#tell(rank, order), status },
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

  /** Makes the memory that the ranks of a host share. Resolves with the hosts where all of them can open it. */
  async #share(seats: readonly Seat[]): Promise<ReadonlySet<string>> {
    const sharing = this.#options.transport === 'zmq' ? [] : seats.filter(({ neighbours }) => neighbours.length > 1)
    const first = sharing.filter(({ localRank }) => localRank === 0)
    const created = await this.#ask(first, ({ neighbours }) => ({
      type: 'create',
      ranks: neighbours.length,
      job: this.#job,
    }))
    const paths = new Map<string, string>()
    for (const { newcomer } of first) {
      const report = created.get(newcomer.rank)
      if (report?.type === 'created' && report.path !== '') paths.set(newcomer.host.id, report.path)
    }
    const able = sharing.filter(({ newcomer }) => paths.has(newcomer.host.id))
    const opened = await this.#ask(able, ({ newcomer }) => ({
      type: 'open',
      path: paths.get(newcomer.host.id) ?? '',
    }))
    for (const { newcomer } of able) {
      const report = opened.get(newcomer.rank)
      if (!(report?.type === 'opened' && report.isOpen)) paths.delete(newcomer.host.id)
    }
    return new Set(paths.keys())
  }

  /** Asks some ranks' proxies something. Resolves when all have answered, or nobody needs the answers any more. */
  async #ask(seats: readonly Seat[], question: (seat: Seat) => Order): Promise<ReadonlyMap<number, Report>> {
    const answers = new Map<number, Report>()
    if (seats.length === 0 || this.#backlog.length > 0) return answers
    const done = new Promise<void>((resolve) => {
      this.#answered = (rank, report) => {
        if (report !== undefined) answers.set(rank, report)
        if (report === undefined || answers.size === seats.length) resolve()
      }
    })
    for (const seat of seats) this.#tell(seat.newcomer.rank, question(seat))
    await done
    return answers
  }

  /** How each rank listens for the others. */
  #network(seats: readonly Seat[]): (seat: Seat) => Network {
    const keys = this.#keys === 'none' ? 'none' : createKeys()
    const name = randomBytes(16).toString('hex')
    const isAlone = seats.every(({ address }) => address === undefined)
    const known = [...new Set(seats.map(({ newcomer }) => newcomer.host.id))]
    const hosts = seats.map(({ newcomer }) => known.indexOf(newcomer.host.id))
    return ({ address, newcomer: { rank } }) => ({
      bind: !isAlone || process.platform !== 'linux' ? anyPort(address ?? '127.0.0.1') : `ipc://@zmpi-${name}-${rank}`,
      keys,
      hosts,
    })
  }

  async #listen(): Promise<void> {
    const hub = this.#hub
    if (hub === undefined) return
    try {
      for (;;) {
        const [name, ...frames] = await hub.receive()
        const connection = name?.toString() ?? ''
        if (frames.length === 1 && frames[0]?.length === 0) this.#lost(connection)
        else await this.#take(connection, frames)
      }
    } catch (error) {
      // A pending receive rejects when its socket is closed.
      if (!this.#isOver) throw error
    }
  }

  /** Whoever says what no proxy says, or cannot be confirmed, is sent away: nobody else suffers from it. */
  async #take(connection: string, frames: readonly Buffer[]): Promise<void> {
    try {
      await this.#hear(connection, decode<Report>(frames).message)
    } catch (error) {
      const reason = `rank 0 cannot make out what it has said: ${(error as Error).message}`
      this.#say(connection, { type: 'refused', reason })
      this.#lost(connection)
    }
  }

  async #hear(connection: string, report: Report): Promise<void> {
    if (report.type === 'hello') return this.#greet(connection, report)
    const rank = this.#ranks.get(connection)
    if (rank === undefined) return
    if (this.#company !== undefined) this.#company.hear(rank, report)
    else if (report.type === 'created' || report.type === 'opened') this.#answered(rank, report)
    else if (report.type === 'left') this.#leftEarly(rank, describeEnd(report.code, undefined), report)
    else if (report.type === 'said' && report.message.type === 'abort')
      this.#leftEarly(rank, `aborted the job with code ${report.message.code}`, report)
  }

  async #greet(connection: string, newcomer: Newcomer): Promise<void> {
    if (!isNewcomer(newcomer)) throw new Error('a hello that does not say who comes')
    const { rank } = newcomer
    const objection = await this.#objection(newcomer)
    if (objection !== undefined) return this.#say(connection, { type: 'refused', reason: objection })
    // It has come by another way already.
    if (this.#connections.has(rank)) return
    this.#connections.set(rank, connection)
    this.#ranks.set(connection, rank)
    const { lease } = this.#options
    this.#say(connection, { type: 'welcome', lease, pulse: this.#pulses.portFor(newcomer.via) })
    if (this.#gathering.isComplete) this.#conclude(undefined)
  }

  async #objection(newcomer: Newcomer): Promise<string | undefined> {
    const { rank, token } = newcomer
    if (this.#refusal !== undefined) return this.#refusal
    if (!this.#connections.has(rank)) {
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
    this.#answered(rank, undefined)
  }

  #sensed(connection: string): boolean {
    const rank = this.#ranks.get(connection)
    if (rank !== undefined) this.#company?.sensed(rank)
    return rank !== undefined
  }

  #lost(connection: string): void {
    const rank = this.#ranks.get(connection)
    if (rank === undefined) return
    this.#ranks.delete(connection)
    this.#connections.delete(rank)
    if (this.#company === undefined) setTimeout(() => this.#missed(rank), LATE).unref()
    else this.#company.lose(rank, connectionEnded(rank))
  }

  /** While the ranks gather, one that was not answered quickly comes again. */
  #missed(rank: number): void {
    if (this.#connections.has(rank)) return
    if (this.#company === undefined) this.#leftEarly(rank, 'was lost', connectionEnded(rank))
    else this.#company.lose(rank, connectionEnded(rank))
  }

  #tell(rank: number, order: Order): void {
    const connection = this.#connections.get(rank)
    if (connection !== undefined) this.#say(connection, order)
  }

  #say(connection: string, order: Order): void {
    this.#hub?.send(connection, encode(order))
  }
}

function connectionEnded(rank: number): string {
  return `the connection to rank ${rank} has ended`
}

async function bind(hub: Hub, address: string): Promise<string> {
  try {
    return await hub.bind(address)
  } catch (error) {
    throw new Error(`cannot listen at ${address}: ${(error as Error).message}; choose another by ZMPI_RENDEZVOUS`, {
      cause: error,
    })
  }
}

function startOf({ newcomer: { rank, host }, localRank, neighbours }: Seat): RankStart {
  const place = { name: host.name, user: undefined, slots: 0, maxSlots: undefined, cores: [], isLocal: false }
  return {
    placement: { rank, application: 0, host: place, localRank, localSize: neighbours.length, core: undefined },
    command: [],
    environment: {},
    workingDirectory: '',
    hasInput: false,
  }
}
