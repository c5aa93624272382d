/**
 * How a communicator's collectives are called: each call has a number, a signature and a channel of its own, is refused when
 * the ranks may disagree, and is remembered until it is over.
 */
import { createRequire } from 'node:module'
import type { AnyOp } from '../collectives/built-in.ts'
import type { Channel } from '../collectives/channel.ts'
import type { Scratch } from '../collectives/scratch.ts'
import type { Call, Operation } from '../collectives/signature.ts'
import { MpiError } from '../errors.ts'
import { captureCallSite } from '../p2p/call-site.ts'
import type { Endpoint } from '../p2p/endpoint.ts'
import { TAG_MAX } from '../wire/envelope.ts'
import type { Adoption } from './adoption.ts'
import { limitsOf } from './arguments.ts'
import type { CallHistory } from './call-history.ts'
import type { CollectiveChannel } from './collective-channel.ts'
import type * as Collectives from './collectives.ts'
import type { CollectiveOptions } from './communicator.ts'
import type { Context } from './context.ts'
import type { Group } from './group.ts'

const load = createRequire(import.meta.url)

const WORLD = 0

export class CollectiveCalls {
  readonly #context: Context
  /** Collectives called so far: the number of a call is its messages' tag. */
  #calls = 0
  /** Why this communicator's collectives are unusable: one of them was given up, or the ranks disagree. */
  #broken: MpiError | undefined = undefined
  #history: CallHistory | undefined = undefined
  #scratch: Scratch | undefined = undefined
  #adoption: Adoption | undefined = undefined
  /** By operation: the channel of the latest call; once that is over, the next one like it can begin in the same way. */
  readonly #repeatable = new Map<Operation, CollectiveChannel>()
  #collectives: typeof Collectives | undefined = undefined

  constructor(context: Context) {
    this.#context = context
  }

  /** Runs a collective. Arguments are checked before the call counts. */
  run<T>(
    call: Call,
    options: CollectiveOptions | undefined,
    perform: (channel: Channel, verbs: typeof Collectives.verbs) => Promise<T>,
    group?: Group,
  ): Promise<T> {
    const channel = this.#begin(call, options, group)
    return channel instanceof Promise ? channel : this.#end(channel, perform(channel, this.#verbs()))
  }

  /**
   * Runs a collective that is called as it was before: what must be alike on all ranks is, so nothing of that is checked or
   * chosen anew. (In MPI a program asks for such calls, which are called persistent; here they are noticed.) Undefined when
   * it is not called so, or that is not known.
   */
  repeat<T>(
    operation: Operation,
    root: number | undefined,
    op: AnyOp | undefined,
    value: unknown,
    options: CollectiveOptions | undefined,
    other?: unknown,
  ): Promise<T> | undefined {
    const channel = options === undefined ? this.#repeatable.get(operation) : undefined
    if (channel?.next === undefined || channel.assembly?.isIdle !== true) return undefined
    if (!channel.signed.isOf(operation, root, op, value)) return undefined
    const endpoint = this.#context.endpoint()
    const call = this.#calls
    channel.call = call
    channel.site = endpoint.sites.again(operation, this.#context.id, 0)
    this.#history?.add(call, channel.signed, channel.site)
    const result = channel.next(value, other) as Promise<T>
    return this.#count(channel, result, endpoint)
  }

  /** A channel for a call, by default among all members; or its end, when it cannot be. */
  #begin(
    call: Call,
    options: CollectiveOptions | undefined,
    group: Group = this.#context.group,
  ): CollectiveChannel | Promise<never> {
    const communicator = this.#context
    const endpoint = communicator.endpoint()
    const { operation } = call
    const limits = limitsOf(options)
    const context = communicator.id + 1
    const collectives = (this.#collectives ??= load('../comm/collectives.js') as typeof Collectives)
    if (this.#history === undefined) {
      this.#history = new collectives.CallHistory(communicator.name, communicator.group, (error) => this.#break(error))
      endpoint.disagreement.register(context, this.#history)
      // The board is the job's.
      if (communicator.id === WORLD && communicator.group.size > 1) this.#adoption = new collectives.Adoption(endpoint)
    }
    if (this.#broken !== undefined) {
      endpoint.disagreement.told()
      return Promise.reject(this.#broken)
    }
    if (options?.signal?.aborted === true) return Promise.reject(communicator.aborted(operation, options.signal))
    const signature = this.#history.sign(call)
    // Where the call may be given up, its line is asked for; deep in an algorithm the stack shows it no more.
    const site =
      endpoint.sites.capture(operation, communicator.id, 0) ?? (limits === undefined ? undefined : captureCallSite())
    this.#history.add(this.#calls, signature, site)
    this.#adoption?.begun(operation, context, this.#calls)
    const channel = new collectives.CollectiveChannel(
      endpoint,
      group,
      communicator,
      context,
      communicator.process.rank,
      (this.#scratch ??= new collectives.Scratch()),
      // Around the board are all ranks of the job, in their order.
      group === communicator.group ? this.#adoption : undefined,
      operation,
      signature,
    )
    channel.call = this.#calls
    channel.limits =
      limits?.timeout === undefined ? limits : { ...limits, deadline: performance.now() + limits.timeout }
    channel.site = site
    return channel
  }

  /** The call of a channel has begun: its arguments are legal, so it counts. */
  #end<T>(channel: CollectiveChannel, result: Promise<T>): Promise<T> {
    const { operation, limits, call } = channel
    const endpoint = this.#context.endpoint()
    if (limits === undefined) {
      if (channel.next !== undefined) this.#repeatable.set(operation, channel)
      return this.#count(channel, result, endpoint)
    }
    return this.#count(channel, result, endpoint).catch((error: unknown) => {
      this.#history?.gaveUp(call, error instanceof Error ? error.message : String(error))
      const { name } = this.#context
      const text = `${name}: a collective was given up here before (${operation}), so the ranks may disagree; use a new communicator`
      this.#break(new MpiError('ERR_ABORTED', text, { operation, communicator: name, cause: error }))
      throw error
    })
  }

  #count<T>(
    { operation, context, call, signature }: CollectiveChannel,
    result: Promise<T>,
    endpoint: Endpoint,
  ): Promise<T> {
    const refuted = endpoint.refuted(context, call, signature)
    this.#history?.called(call)
    this.#adoption?.called(operation, context, call)
    this.#calls = call === TAG_MAX ? 0 : call + 1
    if (refuted === undefined) return result
    result.catch(() => {})
    return refuted
  }

  /** No collective can be called any more. */
  #break(error: MpiError): void {
    this.#broken ??= error
    this.#repeatable.clear()
  }

  #verbs(): typeof Collectives.verbs {
    return (this.#collectives ??= load('../comm/collectives.js') as typeof Collectives).verbs
  }
}
