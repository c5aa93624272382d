/**
 * How a communicator's collectives are called: each call has a number, a signature and a channel of its own, is refused when
 * the ranks may disagree, and is remembered until it is over.
 */
import { createRequire } from 'node:module'
import type { Channel } from '../collectives/channel.ts'
import { OVER } from '../collectives/over.ts'
import type { Scratch } from '../collectives/scratch.ts'
import type { Call } from '../collectives/signature.ts'
import { MpiError } from '../errors.ts'
import type { Limits } from '../p2p/supervise.ts'
import { TAG_MAX } from '../wire/envelope.ts'
import type { CallHistory } from './call-history.ts'
import type { CollectiveChannel } from './collective-channel.ts'
import type * as Collectives from './collectives.ts'
import type { CollectiveOptions } from './communicator.ts'
import type { Group } from './group.ts'
import type { Meeting } from './meeting.ts'
import { limitsOf, PointToPoint } from './point-to-point.ts'

const load = createRequire(import.meta.url)

const WORLD = 0

export class CollectiveCalls extends PointToPoint {
  /** Collectives called so far: the number of a call is its messages' tag. */
  #calls = 0
  /** Why this communicator's collectives are unusable: one of them was given up, or the ranks disagree. */
  #broken: MpiError | undefined = undefined
  #history: CallHistory | undefined = undefined
  #scratch: Scratch | undefined = undefined
  #meeting: Meeting | undefined = undefined
  /** The channel of a call that is over, for the next one. */
  #spare: CollectiveChannel | undefined = undefined
  #collectives: typeof Collectives | undefined = undefined

  /** Runs a collective. Arguments are checked before the call counts. */
  protected call<T>(
    call: Call,
    options: CollectiveOptions | undefined,
    run: (channel: Channel, verbs: typeof Collectives.verbs) => Promise<T>,
    group: Group = this.group,
  ): Promise<T> {
    const channel = this.begin(call, options, group)
    return channel instanceof Promise ? channel : this.end(channel, run(channel, this.verbs()))
  }

  /** A channel for a call; or its end, when it cannot be. */
  protected begin(
    call: Call,
    options: CollectiveOptions | undefined,
    group: Group,
  ): CollectiveChannel | Promise<never> {
    const endpoint = this.endpoint()
    const { operation } = call
    const limits = limitsOf(options)
    const collectives = (this.#collectives ??= load('../comm/collectives.js') as typeof Collectives)
    if (this.#history === undefined) {
      this.#history = new collectives.CallHistory(this.name, this.group, (error) => {
        this.#broken ??= error
      })
      endpoint.disagreement.register(this.context + 1, this.#history)
      // The board is the job's.
      if (this.context === WORLD && this.size > 1) this.#meeting = new collectives.Meeting(endpoint)
    }
    if (this.#broken !== undefined) {
      endpoint.disagreement.told()
      return Promise.reject(this.#broken)
    }
    if (options?.signal?.aborted === true) return Promise.reject(this.aborted(operation, options.signal))
    const signature = this.#history.sign(call)
    const site = endpoint.sites.capture(operation, this.context, 0)
    this.#history.add(this.#calls, signature, site)
    const context = this.context + 1
    const refuted = endpoint.refuted(context, this.#calls, signature.hash)
    if (refuted !== undefined) return this.#count(refuted, operation, limits)
    this.#meeting?.begun(operation)
    const channel =
      group === this.group && this.#spare !== undefined
        ? this.#spare
        : new collectives.CollectiveChannel(
            endpoint,
            group,
            this,
            context,
            this.process.rank,
            (this.#scratch ??= new collectives.Scratch()),
            // Around the board are all ranks of the job, in their order.
            group === this.group ? this.#meeting : undefined,
          )
    this.#spare = undefined
    channel.call = this.#calls
    channel.signature = signature.hash
    channel.operation = operation
    channel.limits =
      limits?.timeout === undefined ? limits : { ...limits, deadline: performance.now() + limits.timeout }
    channel.site = site
    return channel
  }

  /** The call of a channel has begun. */
  protected end<T>(channel: CollectiveChannel, result: Promise<T>): Promise<T> {
    const { operation, limits } = channel
    if (this.#meeting?.isDecided === false) this.#meeting.hold(operation, result)
    if (result === OVER) this.#spare = channel
    return this.#count(result, operation, limits)
  }

  #count<T>(result: Promise<T>, operation: string, limits: Limits | undefined): Promise<T> {
    const call = this.#calls
    this.#history?.called(call)
    this.#meeting?.called(this.context + 1, call)
    this.#calls = call === TAG_MAX ? 0 : call + 1
    if (limits === undefined) return result
    return result.catch((error: unknown) => {
      this.#history?.gaveUp(call, error instanceof Error ? error.message : String(error))
      this.#broken ??= new MpiError(
        'ERR_ABORTED',
        `${this.name}: a collective was given up here before (${operation}), so the ranks may disagree; use a new communicator`,
        { operation, communicator: this.name, cause: error },
      )
      throw error
    })
  }

  protected verbs(): typeof Collectives.verbs {
    return (this.#collectives ??= load('../comm/collectives.js') as typeof Collectives).verbs
  }
}
