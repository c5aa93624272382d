/**
 * The ranks that another launcher has started, as the agent of their job: it has nobody to start, and reaches each through
 * its proxy. Knows no socket.
 */
import { Readable } from 'node:stream'
import type { AgentMessage, Entry } from '../../bootstrap/control.ts'
import type { Agent, AgentEvents, RankStart } from '../agent.ts'
import { Lease } from '../remote/lease.ts'
import type { Seat } from './gathering.ts'
import type { Newcomer, Order, Report } from './messages.ts'

export interface CompanyOptions {
  /** Index: rank. */
  readonly entries: readonly Entry[]
  readonly newcomers: readonly Newcomer[]
  /** Seconds. */
  readonly lease: number
  readonly send: (rank: number, order: Order) => void
  /** The code with which the job ends, as far as is known now. */
  readonly status: () => number
}

interface Member {
  state: 'present' | 'gone'
  readonly lease: Lease
}

export class Company implements Agent {
  readonly #options: CompanyOptions
  readonly #events: AgentEvents
  readonly #members: readonly Member[]

  constructor(options: CompanyOptions, events: AgentEvents) {
    const { newcomers, lease: seconds, send } = options
    this.#options = options
    this.#events = events
    this.#members = newcomers.map(({ rank }) => ({
      state: 'present',
      lease: new Lease({
        seconds,
        beat: () => send(rank, { type: 'beat' }),
        lost: (silence) => this.lose(rank, `rank ${rank} has been silent for ${silence} s`),
      }),
    }))
  }

  start(_ranks: readonly RankStart[]): void {
    const { newcomers, entries, send } = this.#options
    for (const { rank, pid } of newcomers)
      // What ranks print goes to the launcher that has started them.
      this.#events.onStart(rank, pid, { stdin: undefined, stdout: Readable.from([]), stderr: Readable.from([]) })
    for (const [rank, entry] of entries.entries()) send(rank, { type: 'entry', entry })
  }

  tell(rank: number, messages: readonly AgentMessage[]): void {
    this.#options.send(rank, { type: 'tell', messages })
  }

  signal(signal: NodeJS.Signals): void {
    const { send, status } = this.#options
    for (const [rank, { state }] of this.#members.entries())
      if (state === 'present') send(rank, { type: 'stop', signal, code: status() })
  }

  close(): void {
    for (const { lease } of this.#members) lease.stop()
  }

  hear(rank: number, report: Report): void {
    const member = this.#members[rank]
    if (member === undefined || member.state === 'gone') return
    member.lease.heard()
    if (report.type === 'said') this.#events.onMessage(rank, report.message)
    if (report.type === 'left') this.#dismiss(rank, member, report.code)
  }

  /** Its proxy has shown that it lives. */
  sensed(rank: number): void {
    this.#members[rank]?.lease.sensed()
  }

  /** The connection to its proxy has ended, or it is silent. */
  lose(rank: number, reason: string): void {
    const member = this.#members[rank]
    if (member === undefined || member.state === 'gone') return
    const host = this.#options.newcomers[rank]?.host.name ?? ''
    this.#events.onHostsFailed([{ host, isLost: true, reason, words: [], command: '' }])
    this.#dismiss(rank, member, undefined)
  }

  #dismiss(rank: number, member: Member, code: number | undefined): void {
    member.state = 'gone'
    member.lease.stop()
    this.#events.onEnd(rank, { code, signal: undefined })
    this.#events.onGone(rank)
    this.#options.send(rank, { type: 'over' })
  }
}

/** A rank as its job knows it. Nobody starts it: there is no command. */
export function startOf({ newcomer: { rank, host }, localRank, neighbours }: Seat): RankStart {
  const place = { name: host.name, user: undefined, slots: 0, maxSlots: undefined, cores: [], isLocal: false }
  return {
    placement: { rank, application: 0, host: place, localRank, localSize: neighbours.length, core: undefined },
    command: [],
    environment: {},
    workingDirectory: '',
    hasInput: false,
  }
}
