/**
 * What an agent on another host does: obeys the launcher's orders by the very agent that serves the launcher's own host,
 * and reports all that it sees there. Knows no socket.
 */
import { hostname } from 'node:os'
import { promises as timers } from 'node:timers'
import type { Writable } from 'node:stream'
import { createSegment, type Segment } from '../../transport/shared-memory/segment.ts'
import type { RankStart } from '../agent.ts'
import { boundCommand, hasTaskset, programCommand } from '../command.ts'
import { createJobDirectory, removeJobDirectory } from '../job-directory.ts'
import { LocalAgent } from '../local-agent.ts'
import { judge } from '../limits.ts'
import { thisMachine } from '../machine.ts'
import type { Host } from '../mapping.ts'
import type { StreamName } from '../output.ts'
import { isNode, resolveProgram } from '../program.ts'
import { anyPort } from './address.ts'
import { hostEnvironment } from './environment.ts'
import type { HostScript, Order, Report } from './messages.ts'
import { Outflow } from './outflow.ts'

/** Milliseconds in which the signal that has ended a rank may come here as well. */
const SUSPICION = 250

export interface ExecutorOptions {
  readonly report: (report: Report, bytes?: Uint8Array) => void
  /** Whoever may end this agent by SIGTERM ends its ranks alike. */
  readonly isScheduled: boolean
  /** The address at which ranks of other hosts reach those of this one. */
  readonly ownAddress: (wanted: string | undefined) => Promise<string>
}

interface Flows {
  readonly stdin: Writable | undefined
  readonly outputs: Readonly<Record<StreamName, Outflow>>
}

export class Executor {
  readonly #options: ExecutorOptions
  readonly #flows = new Map<number, Flows>()
  #directory: string | undefined
  #segment: Segment | undefined
  #agent: LocalAgent | undefined
  #ranks: readonly RankStart[] = []

  constructor(options: ExecutorOptions) {
    this.#options = options
  }

  obey(order: Order, bytes: Buffer | undefined): void {
    switch (order.type) {
      case 'prepare':
        return void this.#prepare(order.script)
      case 'start':
        return this.#agent?.start(this.#ranks)
      case 'tell':
        return this.#agent?.tell(order.rank, order.messages)
      case 'signal':
        return this.#agent?.signal(order.signal)
      case 'input':
        return this.#input(order.rank, bytes)
      case 'grant':
        return this.#flows.get(order.rank)?.outputs[order.stream].grant(order.bytes)
      case 'beat':
      case 'goodbye':
    }
  }

  /** All ranks are gone: leaves nothing behind. */
  close(): void {
    this.#agent?.close()
    this.#segment?.close()
    if (this.#directory !== undefined) removeJobDirectory(this.#directory)
  }

  /**
   * Kills all ranks. When the process ends now, the reaper sees to the rest; but a scheduler may kill that with its agent,
   * so the directory goes at once.
   */
  kill(): void {
    this.#agent?.signal('SIGKILL')
    try {
      if (this.#directory !== undefined) removeJobDirectory(this.#directory)
    } catch {
      // A rank was still writing.
    }
  }

  async #prepare(script: HostScript): Promise<void> {
    try {
      const address = script.keys === undefined ? undefined : await this.#options.ownAddress(script.interface)
      const directory = this.#setUp(script, address)
      this.#options.report({ type: 'ready', directory })
    } catch (error) {
      this.#options.report({ type: 'refused', reason: error instanceof Error ? error.message : String(error) })
    }
  }

  /** Returns the job's directory. */
  #setUp(script: HostScript, address: string | undefined): string {
    const { job, size, transport, logLevel, keys, hosts, applications } = script
    const environment = hostEnvironment(process.env)
    const programs = applications.map((application) =>
      resolveProgram({ ranks: undefined, ...application }, environment),
    )
    const { cores, limits } = thisMachine()
    const near = script.ranks.length
    const readers = script.ranks.filter(({ hasInput }) => hasInput).length
    const ofNode = script.ranks.filter(({ application }) => isNode(programs[application])).length
    const demand = { near, ofNode, far: size - near, readers, hasFiles: false, sharesMemory: transport !== 'zmq' }
    const { refusal } = judge(demand, limits)
    if (refusal !== undefined) throw new Error(refusal)
    const directory = createJobDirectory()
    this.#directory = directory
    const segment = script.ranks.length > 1 && transport !== 'zmq' ? createSegment(script.ranks.length, job) : undefined
    this.#segment = typeof segment === 'object' ? segment : undefined
    const facts = {
      job,
      size,
      transport,
      logLevel,
      directory,
      segment: this.#segment?.path ?? '',
      network: keys === undefined || address === undefined ? undefined : { bind: anyPort(address), keys, hosts },
    }
    const binds = script.bindTo === 'core' && hasTaskset(environment)
    const host: Host = { name: hostname(), user: undefined, slots: 0, maxSlots: undefined, cores, isLocal: true }
    this.#ranks = script.ranks.map(({ rank, application, localRank, localSize, hasInput }): RankStart => {
      const described = applications[application]
      const program = programs[application]
      if (described === undefined || program === undefined) throw new Error(`rank ${rank} has no program`)
      const core = binds ? cores[localRank % cores.length] : undefined
      return {
        placement: { rank, application, host, localRank, localSize, core },
        command: boundCommand(programCommand(program, described.arguments, directory), core),
        environment: { ...environment, ...described.environment },
        workingDirectory: described.workingDirectory,
        hasInput,
      }
    })
    this.#agent = new LocalAgent(facts, this.#events())
    return directory
  }

  #events(): ConstructorParameters<typeof LocalAgent>[1] {
    const { report } = this.#options
    /** Reports of ends that are held back. */
    const ends = new Map<number, Promise<void>>()
    return {
      onStart: (rank, pid, { stdin, stdout, stderr }) => {
        report({ type: 'started', rank, pid })
        stdin?.on('error', () => {})
        stdin?.once('close', () => report({ type: 'taken', rank, isOpen: false }))
        const outflow = (stream: StreamName, readable: typeof stdout) =>
          new Outflow(
            readable,
            (bytes) => report({ type: 'output', rank, stream }, bytes),
            () => report({ type: 'closed', rank, stream }),
          )
        this.#flows.set(rank, {
          stdin,
          outputs: { stdout: outflow('stdout', stdout), stderr: outflow('stderr', stderr) },
        })
      },
      onUnstartable: (rank, { code = '', message }) => report({ type: 'unstartable', rank, code, message }),
      onMessage: (rank, message) => report({ type: 'said', rank, message }),
      onStopped: (rank, isStopped) => report({ type: 'stopped', rank, isStopped }),
      onEnd: (rank, { code, signal }) => {
        const ended = {
          type: 'ended',
          rank,
          ...(code === undefined ? {} : { code }),
          ...(signal === undefined ? {} : { signal }),
        } as const
        // If a scheduler has done that, the end of this agent tells more than that of a rank.
        if (signal === 'SIGTERM' && this.#options.isScheduled) ends.set(rank, timers.setTimeout(SUSPICION))
        void Promise.resolve(ends.get(rank)).then(() => report(ended))
      },
      onHostsFailed: () => {},
      onGone: (rank) => {
        this.#flows.delete(rank)
        void Promise.resolve(ends.get(rank)).then(() => report({ type: 'gone', rank }))
      },
    }
  }

  #input(rank: number, bytes: Buffer | undefined): void {
    const stdin = this.#flows.get(rank)?.stdin
    if (bytes === undefined) stdin?.end()
    else stdin?.write(bytes, (error) => error ?? this.#options.report({ type: 'taken', rank, isOpen: true }))
  }
}
