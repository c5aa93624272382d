/**
 * What stands beside one rank that another launcher has started: carries what rank and coordinator say to each other, tells
 * when the rank's process is gone, and ends it when the job ends, whatever it computes.
 */
import { openSync } from 'node:fs'
import type { Entry, RankMessage } from '../../bootstrap/control.ts'
import { createSegment } from '../../transport/shared-memory/segment.ts'
import type { ControlChannel } from '../control-channel.ts'
import { Lease } from '../remote/lease.ts'
import type { Pulse } from '../remote/pulse.ts'
import type { Line } from './approach.ts'
import type { Order } from './messages.ts'

/** Milliseconds in which a rank may end by itself before it gets a signal. */
const CHANCE = 500

export interface ProxyOptions {
  readonly channel: ControlChannel
  /** The rank's process. */
  readonly pid: number
  readonly line: Line
  /** Seconds. */
  readonly lease: number
  /** Called when the coordinator is silent. */
  readonly lost: (how: string) => void
}

export class Proxy {
  readonly #options: ProxyOptions
  /** From the entry on. */
  #lease: Lease | undefined
  #pulse: Pulse | undefined
  /** The memory that the ranks of this host share, open as long as this process lives. */
  #segment: number | undefined
  #isGone = false
  #hasEntered = false
  /** A rank that has ended well before all have come waits for them. */
  #waits: (() => void) | undefined

  constructor(options: ProxyOptions) {
    this.#options = options
  }

  said(message: RankMessage): void {
    this.#options.line.say({ type: 'said', message })
  }

  /** The process is gone, or about to go with this code. Without one it was killed. */
  left(code: number | undefined): void {
    if (this.#isGone) return
    if (code === 0 && !this.#hasEntered) {
      this.#waits = () => this.left(code)
      return
    }
    this.#isGone = true
    this.#options.line.say({ type: 'left', ...(code === undefined ? {} : { code }) })
  }

  /** Serves until nobody needs it any more. Rejects when the connection has ended. */
  async serve(): Promise<void> {
    const { line, channel } = this.#options
    for (;;) {
      const order = await line.hear()
      this.#lease?.heard()
      if (order.type === 'refused') channel.send([{ type: 'refused', reason: order.reason }])
      if (order.type === 'over' || order.type === 'refused') break
      this.#obey(order)
    }
    this.#lease?.stop()
    this.#pulse?.close()
  }

  /** Ends the rank's process: by itself, and if it does not, by the signal. */
  stop(signal: NodeJS.Signals, code: number): void {
    if (signal === 'SIGKILL') return this.#kill(signal)
    this.#options.channel.send([{ type: 'stop', code }])
    setTimeout(() => this.#kill(signal), CHANCE).unref()
  }

  #obey(order: Exclude<Order, { readonly type: 'over' | 'refused' }>): void {
    const { channel, line } = this.#options
    switch (order.type) {
      case 'create':
        return line.say({ type: 'created', path: this.#create(order.ranks, order.job) })
      case 'open':
        return line.say({ type: 'opened', isOpen: this.#open(order.path) })
      case 'entry':
        return this.#enter(order.entry)
      case 'tell':
        return channel.send(order.messages)
      case 'stop':
        return this.stop(order.signal, order.code)
      case 'welcome':
      case 'beat':
    }
  }

  #enter(entry: Entry): void {
    const { line, channel, lease: seconds, lost } = this.#options
    const lease = new Lease({
      seconds,
      beat: () => {
        line.say({ type: 'beat' })
        pulse.beat()
      },
      lost: (silence) => lost(`it has been silent for ${silence} s`),
    })
    const pulse = line.createPulse(() => lease.sensed())
    this.#lease = lease
    this.#pulse = pulse
    const { environment } = entry
    const segment = environment.segment === '' ? '' : `/proc/${process.pid}/fd/${this.#segment}`
    channel.send([{ type: 'entry', entry: { ...entry, environment: { ...environment, segment } } }])
    this.#hasEntered = true
    this.#waits?.()
  }

  #create(ranks: number, job: number): string {
    const segment = createSegment(ranks, job)
    return typeof segment === 'string' ? '' : segment.path
  }

  /** Keeps the memory open by a descriptor of its own: who made it may end before others have opened it. */
  #open(path: string): boolean {
    try {
      this.#segment = openSync(path, 'r+')
      return true
    } catch {
      return false
    }
  }

  #kill(signal: NodeJS.Signals): void {
    if (this.#isGone) return
    try {
      process.kill(this.#options.pid, signal)
    } catch {
      // It has just ended.
    }
  }
}
