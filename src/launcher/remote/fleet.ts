/**
 * The agents of a job on several hosts as one. No rank is started before every host is ready, so that a host that
 * cannot be used is told before any program has run.
 */
import { promises } from 'node:timers'
import type { AgentMessage, Network } from '../../bootstrap/control.ts'
import type { Logger } from '../../logger.ts'
import type { Protection } from '../../transport/zeromq/keys.ts'
import type { Hub } from '../../transport/zeromq/sockets.ts'
import type { Agent, AgentEvents, HostFailure, RankStart } from '../agent.ts'
import type { Host } from '../mapping.ts'
import { Reaper } from '../reaper.ts'
import { anyPort } from './address.ts'
import { decode, encode, type HostScript, type Received, type Report } from './messages.ts'
import { RemoteHost } from './remote-host.ts'
import type { Starter } from './starter.ts'
import { Starts } from './starts.ts'

const LARGEST_REPORT = 64 << 20
/** Milliseconds in which other hosts may fail as well, so that they are told together. */
const TOGETHER = 500

export interface FleetOptions {
  readonly starter: Starter
  /** What all hosts are told alike. */
  readonly script: Omit<HostScript, 'ranks' | 'hosts' | 'keys'>
  /** `--insecure` */
  readonly isInsecure: boolean
  /** Seconds for a host to become ready. */
  readonly startLimit: number
  /** Seconds. */
  readonly lease: number
  /** The job's directory here, for the reaper. */
  readonly directory: string
  /** Makes the agent of this host. */
  readonly createLocal: (network: Network | undefined, events: AgentEvents) => Agent
  readonly log: Logger
}

export class Fleet implements Agent {
  readonly #options: FleetOptions
  readonly #events: AgentEvents
  readonly #reaper: Reaper
  readonly #hosts: RemoteHost[] = []
  readonly #hostOfRank = new Map<number, RemoteHost>()
  #localRanks: readonly RankStart[] = []
  #local: Agent | undefined
  #hub: Hub | undefined
  #starts: Starts | undefined
  #isListening = false
  #state: 'starting' | 'running' | 'over' = 'starting'

  constructor(options: FleetOptions, events: AgentEvents) {
    this.#options = options
    this.#events = events
    this.#reaper = new Reaper(options.directory)
  }

  start(ranks: readonly RankStart[]): void {
    this.#begin(ranks).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      this.#fail([{ host: 'this one', isLost: false, reason, words: [], command: '' }])
    })
  }

  tell(rank: number, messages: readonly AgentMessage[]): void {
    const host = this.#hostOfRank.get(rank)
    if (host === undefined) this.#local?.tell(rank, messages)
    else host.tell(rank, messages)
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#state === 'starting' && ['SIGINT', 'SIGTERM', 'SIGKILL'].includes(signal)) return this.#abandon()
    if (this.#state !== 'running') return
    this.#local?.signal(signal)
    for (const host of this.#hosts) host.signal(signal)
  }

  async close(): Promise<void> {
    this.#state = 'over'
    await Promise.all([this.#local?.close(), ...this.#hosts.map((host) => host.close())])
    this.#hub?.close()
    await this.#starts?.close(this.#hosts)
    this.#reaper.close()
  }

  async #begin(ranks: readonly RankStart[]): Promise<void> {
    const { Hub: HubSocket, createKeys, prepareSockets } = await import('../../transport/zeromq/sockets.ts')
    const byHost = groupByHost(ranks)
    const names = [...byHost.keys()]
    const placed = ranks.map(({ placement }) => names.indexOf(placement.host))
    const { lease, script, isInsecure } = this.#options
    const protection = (): Protection => (isInsecure ? 'none' : createKeys())
    const network = byHost.size > 1 ? protection() : undefined
    prepareSockets(byHost.size)
    const keys = protection()
    const hub = new HubSocket(LARGEST_REPORT, keys)
    this.#hub = hub
    const hosts = [...byHost.keys()].filter((host) => !host.isLocal)
    const { starter, log } = this.#options
    const starts = new Starts({
      starter,
      hosts,
      hub,
      keys,
      lease,
      reaper: this.#reaper,
      log,
      sensed: (connection) => {
        const host = this.#named(connection)
        host?.sensed()
        return host !== undefined
      },
    })
    this.#starts = starts
    for (const [host, members] of byHost) {
      if (host.isLocal) {
        this.#localRanks = members
        continue
      }
      const index = this.#hosts.length
      const remote = new RemoteHost({
        nameConnection: (attempt) => starts.connectionName(index, attempt),
        ranks: members,
        script: { ...script, keys: network, hosts: placed, ranks: members.map(scriptRank) },
        lease,
        events: this.#events,
        send: (name, order, bytes) => hub.send(name, encode(order, bytes)),
      })
      this.#hosts.push(remote)
      for (const { placement } of members) this.#hostOfRank.set(placement.rank, remote)
    }
    const connect = (host: Host, index: number) => this.#connect(hub, starts, host, this.#hosts[index])
    const failures = await eachOf(hosts, starts.atOnce, connect)
    if (this.#state !== 'starting') return
    if (failures.length > 0) return this.#fail(starts.causes(failures))
    this.#state = 'running'
    if (this.#localRanks.length > 0) {
      const [address = '127.0.0.1'] = starts.addresses
      this.#local = this.#options.createLocal(
        network && { bind: anyPort(address), keys: network, hosts: placed },
        this.#events,
      )
      this.#local.start(this.#localRanks)
    }
    for (const host of this.#hosts) host.begin()
  }

  /** Starts the agent of a host and waits until it is ready. */
  async #connect(
    hub: Hub,
    starts: Starts,
    host: Host,
    remote: RemoteHost | undefined,
  ): Promise<HostFailure | undefined> {
    const { starter, startLimit } = this.#options
    try {
      const endpoint = await starts.endpoint(host)
      void this.#listen(hub)
      if (this.#state !== 'starting') return undefined
      const launch = (connection: string) => starts.start(host, endpoint, connection)
      return await remote?.connect(launch, (end, words) => starter.isPassing(end, words), startLimit)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const reason = code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? 'its name is not known here' : message
      return { host: host.name, isLost: false, reason, words: [], command: '' }
    }
  }

  /** Hears the agents, from the first call on. */
  async #listen(hub: Hub): Promise<void> {
    if (this.#isListening) return
    this.#isListening = true
    try {
      for (;;) {
        const [name, ...frames] = await hub.receive()
        const connection = name?.toString() ?? ''
        const host = this.#named(connection)
        // An attempt that was given up, or with --insecure anybody.
        if (host === undefined) continue
        if (frames.length === 1 && frames[0]?.length === 0) host.lose('the connection to its agent has ended')
        else this.#hear(host, frames)
      }
    } catch (error) {
      // A pending receive rejects when its socket is closed.
      if (this.#state !== 'over') throw error
    }
  }

  #named(connection: string): RemoteHost | undefined {
    return this.#hosts.find((host) => host.connection === connection)
  }

  #hear(host: RemoteHost, frames: readonly Buffer[]): void {
    let received: Received<Report>
    try {
      received = decode<Report>(frames)
    } catch {
      return host.lose('its agent has said what no agent says')
    }
    host.hear(received)
  }

  #fail(failures: readonly HostFailure[]): void {
    this.#events.onHostsFailed(failures)
    this.#abandon()
  }

  /** Nothing has been started, and nothing will be. */
  #abandon(): void {
    if (this.#state !== 'starting') return
    this.#state = 'over'
    for (const host of this.#hosts) host.abandon()
    for (const { placement } of this.#localRanks) this.#events.onGone(placement.rank)
  }
}

function scriptRank({ placement: { rank, application, localRank, localSize }, hasInput }: RankStart) {
  return { rank, application, localRank, localSize, hasInput }
}

function groupByHost(ranks: readonly RankStart[]): Map<Host, RankStart[]> {
  const groups = new Map<Host, RankStart[]>()
  for (const rank of ranks) {
    const { host } = rank.placement
    const group = groups.get(host)
    if (group === undefined) groups.set(host, [rank])
    else group.push(rank)
  }
  return groups
}

/** Does it for all, some at once. Resolves with the failures: of all, or of those that came soon after the first. */
async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  act: (item: T, index: number) => Promise<HostFailure | undefined>,
): Promise<readonly HostFailure[]> {
  const failures: HostFailure[] = []
  let failed: () => void = () => {}
  const first = new Promise<void>((resolve) => (failed = resolve))
  const left = items.entries()
  const work = async () => {
    for (const [index, item] of left) {
      if (failures.length > 0) return
      const failure = await act(item, index)
      if (failure === undefined) continue
      failures.push(failure)
      failed()
    }
  }
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, work)
  await Promise.race([Promise.all(workers), first.then(() => promises.setTimeout(TOGETHER))])
  return failures
}
