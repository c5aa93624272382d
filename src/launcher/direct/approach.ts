/** A proxy's way to the coordinator: looks for its door, tries all that may lead there, and again until one does. */
import { randomUUID } from 'node:crypto'
import { promises } from 'node:timers'
import { Spoke } from '../../transport/zeromq/sockets.ts'
import { decode, encode } from '../remote/messages.ts'
import { Pulse } from '../remote/pulse.ts'
import type { Logger } from '../../logger.ts'
import { hostOf } from './gathering.ts'
import type { Newcomer, Order, PulsePort, Report } from './messages.ts'
import type { Door, Rendezvous } from './rendezvous.ts'

const LARGEST_ORDER = 64 << 20
/** Milliseconds between two attempts, which double up to the latter. */
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 1000
/** Milliseconds for an attempt: somebody who is not the coordinator may listen there, and say nothing. */
const ATTEMPT = 15_000

/** The connection to the coordinator. */
export interface Line {
  say(report: Report): void
  /** The next order. */
  hear(): Promise<Order>
  /** Signs of life beside the connection; `heard` is called when the coordinator has answered one. */
  createPulse(heard: () => void): Pulse
  close(): void
}

export interface ApproachOptions {
  readonly rendezvous: Rendezvous
  /** How this process presents itself at one of the endpoints. */
  readonly introduce: (endpoint: string) => Promise<Newcomer>
  /** Seconds. */
  readonly patience: number
  readonly log: Logger
  /** Called when the connection, once made, is lost. */
  readonly lost: (how: string) => void
}

export interface Welcome {
  readonly line: Line
  readonly lease: number
}

/** Resolves with the connection. Rejects with the reason when the coordinator refuses, or is not found in time. */
export async function approach(options: ApproachOptions): Promise<Welcome> {
  const deadline = performance.now() + options.patience * 1000
  let reason = 'it could not be found'
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      const door = await within(deadline - performance.now(), options.rendezvous.find())
      options.log.debug({ endpoints: door.endpoints }, 'looking for rank 0')
      const found = await attempt(door, options, Math.min(ATTEMPT, deadline - performance.now()))
      if (found !== undefined) return found
      reason = `it does not answer at ${door.endpoints.join(', ')}`
    } catch (error) {
      if (error instanceof Refusal) throw error
      reason = error instanceof Error ? error.message : String(error)
    }
    options.log.debug({ reason }, 'not found yet')
    if (performance.now() + pause > deadline)
      throw new Error(`rank 0, where the ranks meet, was not reached within ${options.patience} s: ${reason}`)
    await promises.setTimeout(pause)
  }
}

/** The coordinator was found, and does not want this process. */
class Refusal extends Error {}

/** Tries all endpoints at once. Resolves with the first that answers; undefined: none. */
async function attempt(door: Door, options: ApproachOptions, limit: number): Promise<Welcome | undefined> {
  const tries = door.endpoints.map((endpoint) => new Attempt(endpoint, door.key, options))
  const timer = new AbortController()
  try {
    const first = Promise.any(tries.map(async (one) => ({ one, lease: await one.welcome() })))
    const late = promises.setTimeout(limit, undefined, timer).catch(() => undefined)
    const found = await Promise.race([first.catch(refusalOf), late])
    for (const one of tries) if (one !== found?.one) one.close()
    return found && { line: found.one, lease: found.lease }
  } finally {
    timer.abort()
  }
}

function refusalOf(error: unknown): undefined {
  for (const one of error instanceof AggregateError ? error.errors : []) if (one instanceof Refusal) throw one
  return undefined
}

class Attempt implements Line {
  readonly #endpoint: string
  readonly #options: ApproachOptions
  /** Processes of other hosts may have the same number, and whoever takes a name that is taken is not heard. */
  readonly #name = randomUUID()
  readonly #spoke: Spoke
  readonly #broken: Promise<never>
  #pulsePort: PulsePort = { port: 0, secret: '' }
  #isWelcome = false
  #isClosed = false

  constructor(endpoint: string, key: string, options: ApproachOptions) {
    this.#endpoint = endpoint
    this.#options = options
    let broken: (how: string) => void = () => {}
    this.#broken = new Promise((_, reject) => (broken = (how) => reject(new Error(how))))
    this.#broken.catch(() => {})
    this.#spoke = new Spoke(this.#name, endpoint, LARGEST_ORDER, key === 'none' ? key : { publicKey: key }, (how) => {
      broken(how)
      if (this.#isWelcome && !this.#isClosed) options.lost(how)
    })
  }

  /** Resolves with the lease in seconds. */
  async welcome(): Promise<number> {
    this.say({ type: 'hello', ...(await this.#options.introduce(this.#endpoint)) })
    const order = await Promise.race([this.hear(), this.#broken])
    if (order.type === 'refused') throw new Refusal(order.reason)
    if (order.type !== 'welcome') throw new Error(`it says ${order.type} first`)
    this.#isWelcome = true
    this.#pulsePort = order.pulse
    return order.lease
  }

  say(report: Report): void {
    this.#spoke.send(encode(report))
  }

  async hear(): Promise<Order> {
    return decode<Order>(await this.#spoke.receive()).message
  }

  createPulse(heard: () => void): Pulse {
    const { port, secret } = this.#pulsePort
    return new Pulse(hostOf(this.#endpoint), port, this.#name, secret, heard)
  }

  close(): void {
    this.#isClosed = true
    this.#spoke.close()
  }
}

async function within<T>(milliseconds: number, result: Promise<T>): Promise<T> {
  const timer = new AbortController()
  const late = promises.setTimeout(Math.max(0, milliseconds), undefined, timer).then(() => {
    throw new Error('not all ranks have come')
  })
  try {
    return await Promise.race([result, late])
  } finally {
    late.catch(() => {})
    timer.abort()
  }
}
