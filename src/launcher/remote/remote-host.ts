/**
 * One other host as the launcher sees it: its agent is started, its ranks run, and sooner or later it says goodbye or is
 * lost. After the loss its ranks are told to have ended and to be gone, since nobody else will. Knows no socket.
 */
import { promises } from 'node:timers'
import type { AgentMessage } from '../../bootstrap/control.ts'
import { version } from '../../version.ts'
import type { AgentEvents, HostFailure, RankStart } from '../agent.ts'
import { describeEnd } from '../report.ts'
import { quoteForShell } from '../shell-quote.ts'
import { Inflow, Input } from './inflow.ts'
import { Lease } from './lease.ts'
import { PROTOCOL, type HostScript, type Order, type Received, type Report } from './messages.ts'
import type { Start, Starter } from './starter.ts'

const ATTEMPTS = 5
const FIRST_PAUSE = 300
/** Milliseconds in which the end of a connection may be explained by the end of the command that made it, and by its words. */
const EXPLANATION = { own: 250, common: 1000 }
/** Milliseconds in which who has said that one agent has ended may say as well why all of them had to. */
const AFTERWORD = 200
/** Milliseconds for an agent to end after its goodbye. */
const GOODBYE = 2000

export interface RemoteHostOptions {
  /** What its connection is called at the given attempt to start its agent. */
  readonly nameConnection: (attempt: number) => string
  readonly ranks: readonly RankStart[]
  readonly script: HostScript
  /** Seconds. */
  readonly lease: number
  readonly events: AgentEvents
  /** Sends to the connection of that name. */
  readonly send: (name: string, order: Order, bytes?: Uint8Array) => void
}

interface RemoteRank {
  readonly start: RankStart
  state: 'waiting' | 'running' | 'ended' | 'gone'
  stdout: Inflow | undefined
  stderr: Inflow | undefined
  stdin: Input | undefined
}

export class RemoteHost {
  readonly #options: RemoteHostOptions
  readonly #ranks: ReadonlyMap<number, RemoteRank>
  #attempt = 0
  #start: Start | undefined
  #lease: Lease | undefined
  #state: 'starting' | 'running' | 'losing' | 'over' = 'starting'
  #answer: (refusal: string | undefined) => void = () => {}
  #directory: string | undefined

  constructor(options: RemoteHostOptions) {
    this.#options = options
    this.#ranks = new Map(
      options.ranks.map((start) => [
        start.placement.rank,
        { start, state: 'waiting', stdout: undefined, stderr: undefined, stdin: undefined },
      ]),
    )
  }

  get name(): string {
    return this.#options.ranks[0]?.placement.host.name ?? ''
  }

  get connection(): string {
    return this.#options.nameConnection(this.#attempt)
  }

  /** The job's directory there, which its agent removes at its end; undefined: there is none, or not any more. */
  get directory(): string | undefined {
    return this.#directory
  }

  /** Starts the agent. Resolves when it is ready to start ranks, or with the reason why this host cannot be used. */
  async connect(
    launch: (connection: string) => Start,
    isPassing: Starter['isPassing'],
    seconds: number,
  ): Promise<HostFailure | undefined> {
    const deadline = performance.now() + seconds * 1000
    for (;;) {
      this.#attempt++
      const answered = new Promise<string | undefined>((resolve) => (this.#answer = resolve))
      const start = launch(this.connection)
      this.#start = start
      const timer = new AbortController()
      const outcome = await Promise.race([
        answered.then((refusal) => ({ kind: 'answer' as const, refusal })),
        start.ended.then((end) => ({ kind: 'end' as const, end })),
        start.blamed(this.name).then(() => ({ kind: 'blame' as const })),
        promises.setTimeout(deadline - performance.now(), { kind: 'silence' as const }, timer),
      ])
      timer.abort()
      if (this.#state !== 'starting') return undefined
      if (outcome.kind === 'silence') return this.#failure(start, `has not answered within ${seconds} s`)
      if (outcome.kind === 'answer') {
        if (outcome.refusal !== undefined) return this.#failure(start, outcome.refusal, [])
        void start.ended.then(() => this.lose('the connection that started its agent has ended'))
        return undefined
      }
      const words = start.wordsAbout(this.name)
      if (outcome.kind === 'blame') return this.#failure(start, words.join(' '), [])
      const delay = FIRST_PAUSE * 2 ** this.#attempt * (0.5 + Math.random())
      const again = isPassing(outcome.end, words.join('\n')) && performance.now() + delay < deadline
      if (!again || this.#attempt === ATTEMPTS) {
        const [only, ...more] = words
        const how = `its agent ${describeEnd(outcome.end.code, outcome.end.signal)} before it was ready`
        return only !== undefined && more.length === 0 ? this.#failure(start, only, []) : this.#failure(start, how)
      }
      await promises.setTimeout(delay)
    }
  }

  begin(): void {
    this.#state = 'running'
    this.#send({ type: 'start' })
  }

  tell(rank: number, messages: readonly AgentMessage[]): void {
    this.#send({ type: 'tell', rank, messages })
  }

  signal(signal: NodeJS.Signals): void {
    this.#send({ type: 'signal', signal })
  }

  hear({ message, bytes }: Received<Report>): void {
    if (this.#state === 'over') return
    this.#lease?.heard()
    if (message.type === 'hello') return this.#greet(message)
    if (message.type === 'ready') {
      this.#directory = message.directory
      return this.#answer(undefined)
    }
    if (message.type === 'refused') return this.#answer(message.reason)
    if (!('rank' in message)) return
    const rank = this.#ranks.get(message.rank)
    if (rank !== undefined && rank.state !== 'gone') this.#hearOf(rank, message, bytes)
  }

  /** Its agent has shown that it lives. */
  sensed(): void {
    this.#lease?.sensed()
  }

  /** The connection to its agent has ended, or it is silent. */
  lose(reason: string): void {
    if (this.#state === 'starting') this.#answer(`its agent was lost: ${reason}`)
    if (this.#state !== 'running') return
    this.#state = 'losing'
    void this.#declareLost(reason)
  }

  /** Ends what was begun; its ranks are gone. */
  abandon(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#lease?.stop()
    this.#release()
    this.#dismissRanks()
  }

  /** All ranks are gone. Resolves when the agent has ended. */
  async close(): Promise<void> {
    if (this.#state === 'over') return
    this.#send({ type: 'goodbye' })
    this.#state = 'over'
    this.#directory = undefined
    this.#lease?.stop()
    const timer = new AbortController()
    await Promise.race([this.#start?.ended, promises.setTimeout(GOODBYE, undefined, timer).catch(() => undefined)])
    timer.abort()
    this.#release()
  }

  #greet({ protocol, version: theirs, node }: Report & { readonly type: 'hello' }): void {
    if (protocol !== PROTOCOL || theirs !== version)
      return this.#answer(`has zmpi ${theirs} (Node ${node}), this is zmpi ${version}: install the same version there`)
    if (!supports(node)) return this.#answer(`has Node ${node}, zmpi needs 20.19, 22.12 or later`)
    const { lease: seconds, script } = this.#options
    this.#lease = new Lease({
      seconds,
      beat: () => this.#send({ type: 'beat' }),
      lost: (silence) => this.lose(`it has been silent for ${silence} s`),
    })
    this.#send({ type: 'prepare', script })
  }

  #hearOf(rank: RemoteRank, message: Extract<Report, { readonly rank: number }>, bytes: Buffer | undefined): void {
    const { events } = this.#options
    switch (message.type) {
      case 'started':
        return this.#started(rank, message.rank, message.pid)
      case 'unstartable':
        rank.state = 'gone'
        return events.onUnstartable(message.rank, Object.assign(new Error(message.message), { code: message.code }))
      case 'said':
        return events.onMessage(message.rank, message.message)
      case 'output':
        return bytes === undefined ? undefined : rank[message.stream]?.receive(bytes)
      case 'closed':
        return rank[message.stream]?.finish()
      case 'taken':
        return message.isOpen ? rank.stdin?.taken() : void rank.stdin?.destroy()
      case 'stopped':
        return events.onStopped(message.rank, message.isStopped)
      case 'ended':
        rank.state = 'ended'
        return events.onEnd(message.rank, { code: message.code, signal: message.signal })
      case 'gone':
        rank.state = 'gone'
        return events.onGone(message.rank)
    }
  }

  #started(remote: RemoteRank, rank: number, pid: number): void {
    const inflow = (stream: 'stdout' | 'stderr') =>
      new Inflow((bytes) => this.#send({ type: 'grant', rank, stream, bytes }))
    const stdout = inflow('stdout')
    const stderr = inflow('stderr')
    const stdin = remote.start.hasInput ? new Input((bytes) => this.#send({ type: 'input', rank }, bytes)) : undefined
    Object.assign(remote, { state: 'running', stdout, stderr, stdin })
    this.#options.events.onStart(rank, pid, { stdin, stdout, stderr })
  }

  #send(order: Order, bytes?: Uint8Array): void {
    if (this.#state !== 'over') this.#options.send(this.connection, order, bytes)
  }

  async #declareLost(reason: string): Promise<void> {
    const start = this.#start
    const timer = new AbortController()
    const explained = start === undefined ? [] : [start.ended, start.blamed(this.name)]
    const patience = start?.isCommon === true ? EXPLANATION.common : EXPLANATION.own
    const pause = (ms: number): Promise<unknown> => promises.setTimeout(ms, undefined, timer).catch(() => undefined)
    await Promise.race([...explained, pause(patience)])
    if (start?.isCommon === true) await Promise.race([start.ended, pause(AFTERWORD)])
    timer.abort()
    if (start === undefined || this.#state !== 'losing') return
    const [only, ...more] = start.wordsAbout(this.name)
    const failure = this.#failure(start, only === undefined || more.length > 0 ? reason : `${reason}: ${only}`, more)
    this.#options.events.onHostsFailed([{ ...failure, isLost: true }])
    this.abandon()
  }

  #failure(start: Start, reason: string, words: readonly string[] = start.wordsAbout(this.name)): HostFailure {
    this.#release()
    return { host: this.name, isLost: false, reason, words, command: start.command.map(quoteForShell).join(' ') }
  }

  #release(): void {
    this.#start?.release()
    this.#start = undefined
  }

  #dismissRanks(): void {
    const { events } = this.#options
    for (const [number, rank] of this.#ranks) {
      const { state } = rank
      rank.state = 'gone'
      rank.stdin?.destroy()
      rank.stdout?.finish()
      rank.stderr?.finish()
      if (state === 'running') events.onEnd(number, { code: undefined, signal: undefined })
      if (state !== 'gone') events.onGone(number)
    }
  }
}

/** Whether zmpi runs on that Node. */
function supports(node: string): boolean {
  const [major = 0, minor = 0] = node.replace(/^v/, '').split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)
}
