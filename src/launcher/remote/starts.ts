/** The starts of a fleet's agents: one for each host, or one for all, and where the agents find the launcher. */
import { promises } from 'node:timers'
import type { Logger } from '../../logger.ts'
import type { Hub } from '../../transport/zeromq/sockets.ts'
import type { HostFailure } from '../agent.ts'
import type { Host } from '../mapping.ts'
import { isJobDirectory } from '../job-directory.ts'
import type { Reaper } from '../reaper.ts'
import { outputOf } from '../spawn.ts'
import { version } from '../../version.ts'
import { anyPort } from './address.ts'
import { connectionName, PROTOCOL, type Rendezvous } from './messages.ts'
import { PulseEcho, sealSecret } from './pulse.ts'
import { Start, type Starter } from './starter.ts'

/** Starts under way at once: sshd drops logins when they are many. */
const AT_ONCE = 16
/** Milliseconds for the start of all to end when all agents have. */
const FAREWELL = 3000
/** Seconds for what is left on hosts to be removed. */
const SWEEP = 10
/** What connections of agents that are started together begin with. */
const COMMON = 'all'

/** Where agents find the launcher. */
type Endpoint = Pick<Rendezvous, 'endpoint' | 'pulsePort'>

export interface StartsOptions extends Pick<Rendezvous, 'keys' | 'lease'> {
  readonly starter: Starter
  readonly hosts: readonly Host[]
  readonly hub: Hub
  readonly reaper: Reaper
  readonly log: Logger
  /** The agent of that connection has shown that it lives. False: there is none. */
  readonly sensed: (connection: string) => boolean
}

/** A host at the end. */
interface HostState {
  readonly name: string
  /** That its agent may have left. */
  readonly directory: string | undefined
}

export class Starts {
  readonly #options: StartsOptions
  /** By the address of this machine. */
  readonly #endpoints = new Map<string, Promise<Endpoint>>()
  readonly #echoes: PulseEcho[] = []
  #address: Promise<string> | undefined
  #common: Start | undefined

  constructor(options: StartsOptions) {
    this.#options = options
  }

  /** How many hosts may be waited for at once. */
  get atOnce(): number {
    return this.#options.starter.isCommon ? Infinity : AT_ONCE
  }

  /** What the connection of a host's agent is called. */
  connectionName(index: number, attempt: number): string {
    const { starter, hosts } = this.#options
    return starter.isCommon ? connectionName(COMMON, hosts[index]?.name) : `${index}.${attempt}`
  }

  /** Where the agent of a host finds the launcher. Rejects when no way leads there. */
  async endpoint(host: Host): Promise<Endpoint> {
    const { hub, starter, hosts, keys, sensed } = this.#options
    // One line of input tells all agents the same, and they are on one network.
    const lookUp = () => starter.address(starter.isCommon ? (hosts[0] ?? host) : host)
    const address = await (starter.isCommon ? (this.#address ??= lookUp()) : lookUp())
    let endpoint = this.#endpoints.get(address)
    if (endpoint === undefined) {
      const echo = new PulseEcho(address, sealSecret(keys), sensed)
      this.#echoes.push(echo)
      endpoint = Promise.all([hub.bind(anyPort(address)), echo.port()]).then(([bound, pulsePort]) => {
        return { endpoint: bound, pulsePort }
      })
      this.#endpoints.set(address, endpoint)
    }
    return endpoint
  }

  /** Addresses of this machine at which agents were told to find the launcher. */
  get addresses(): readonly string[] {
    return [...this.#endpoints.keys()]
  }

  /** Starts the agent of a host, or those of all. */
  start(host: Host, endpoint: Endpoint, connection: string): Start {
    const { starter, hosts } = this.#options
    if (!starter.isCommon) return this.#launch([host], endpoint, connection)
    this.#common ??= this.#launch(hosts, endpoint, COMMON)
    return this.#common
  }

  /** Those failures that are causes: when all agents are started together, some fail because that of another host has. */
  causes(failures: readonly HostFailure[]): readonly HostFailure[] {
    if (!this.#options.starter.isCommon) return failures
    const blamed = failures.filter(({ host }) => this.#common?.blames(host))
    const alike = new Map<string, HostFailure>()
    for (const failure of blamed.length > 0 ? blamed : failures) {
      const known = alike.get(failure.reason)
      alike.set(failure.reason, known === undefined ? failure : { ...known, host: `${known.host}, ${failure.host}` })
    }
    return [...alike.values()]
  }

  /** All agents have been told to end. Resolves when what started all of them has ended, or after some seconds. */
  async close(hosts: readonly HostState[]): Promise<void> {
    for (const echo of this.#echoes) echo.close()
    const timer = new AbortController()
    const late = promises.setTimeout(FAREWELL, undefined, timer).catch(() => undefined)
    const end = await Promise.race([this.#common?.ended, late])
    timer.abort()
    if (end?.signal !== undefined && this.#common?.isGivenUp === false) await this.#sweep(hosts)
  }

  /** Who has killed it may have killed all that it had started, and what would have cleaned up. */
  async #sweep(hosts: readonly HostState[]): Promise<void> {
    const { starter, log } = this.#options
    const left = hosts.filter(({ directory }) => directory !== undefined && isJobDirectory(directory))
    if (left.length === 0) return
    const directories = left.map(({ directory = '' }) => directory)
    const command = starter.sweep?.(
      left.map(({ name }) => name),
      directories,
    )
    if (command === undefined) return
    log.info({ command }, 'removing what is left')
    await outputOf(command, starter.environment, SWEEP).catch((error: unknown) =>
      log.info({ error: String(error) }, 'in vain'),
    )
  }

  #launch(hosts: readonly Host[], endpoint: Endpoint, name: string): Start {
    const { starter, keys, lease, log, reaper } = this.#options
    const { isCommon, environment } = starter
    const command = starter.command(hosts)
    log.info({ hosts: hosts.map((host) => host.name), command, ...endpoint }, 'starting agents')
    const line = JSON.stringify({ protocol: PROTOCOL, version, ...endpoint, name, keys, lease } satisfies Rendezvous)
    const guard = (pid: number) => (isCommon ? reaper.await(pid) : reaper.guard(pid))
    const start = new Start({ command, environment, isCommon, line, hosts: hosts.length, guard })
    const { pid } = start
    if (pid !== undefined) void start.ended.then(() => (isCommon ? reaper.await(undefined) : reaper.release(pid)))
    return start
  }
}
