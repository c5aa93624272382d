/** The point-to-point half of a communicator: checks arguments, translates ranks, starts operations at the endpoint. */
import { MpiError } from '../errors.ts'
import type { Limits } from '../p2p/supervise.ts'
import { PostedReceive, type Wanted } from '../p2p/posted-receive.ts'
import { statusOf, type Message, type Options, type Status } from '../p2p/status.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { ANY_SOURCE, ANY_TAG, PROC_NULL } from '../wire/envelope.ts'
import {
  checkDestination,
  checkOptions,
  checkReceiveTag,
  checkSendTag,
  checkSource,
  checkTarget,
  limitsOf,
} from './arguments.ts'
import type { SendOptions, SendReceiveOptions } from './communicator.ts'
import type { Context } from './context.ts'

const EMPTY: Status = Object.freeze({ source: PROC_NULL, tag: ANY_TAG, bytes: 0, count: 0, type: 'object' })

export class PointToPoint {
  readonly rank: number
  readonly size: number
  readonly name: string
  readonly #context: Context

  constructor(context: Context) {
    const { process, group, name } = context
    this.#context = context
    this.name = name
    this.rank = group.rankOf(process.rank)
    this.size = group.size
  }

  send(value: unknown, destination: number, options?: SendOptions): Promise<void> {
    checkDestination(destination, this.size)
    const context = this.#context
    const endpoint = context.endpoint()
    if (options === undefined) {
      if (destination === PROC_NULL) return Promise.resolve()
      return endpoint.send(context.group.processOf(destination), context.id, 0, value, 0, false, context, 'send')
    }
    checkOptions(options)
    const { tag = 0, synchronous = false } = options
    checkSendTag(tag)
    const limits = limitsOf(options)
    if (options.signal?.aborted === true) return Promise.reject(context.aborted('send', options.signal))
    if (destination === PROC_NULL) return Promise.resolve()
    const process = context.group.processOf(destination)
    return endpoint.send(process, context.id, tag, value, 0, synchronous, context, 'send', limits)
  }

  receive<T = unknown>(source: number = ANY_SOURCE, options?: Options): Promise<T> {
    return this.#receive(source, options, 'value', undefined, 'receive', undefined) as Promise<T>
  }

  receiveMessage<T = unknown>(source: number = ANY_SOURCE, options?: Options): Promise<Message<T>> {
    return this.#receive(source, options, 'message', undefined, 'receiveMessage', {
      ...EMPTY,
      value: undefined,
    }) as Promise<Message<T>>
  }

  receiveInto(target: TypedArray, source: number = ANY_SOURCE, options?: Options): Promise<Status> {
    checkTarget(target)
    return this.#receive(source, options, 'status', target, 'receiveInto', EMPTY) as Promise<Status>
  }

  async sendReceive<T = unknown>(
    value: unknown,
    destination: number,
    source: number = ANY_SOURCE,
    options: SendReceiveOptions = {},
  ): Promise<T> {
    return await this.#sendReceive<T>(value, destination, source, options)
  }

  probe(source: number = ANY_SOURCE, options?: Options): Promise<Status> {
    checkSource(source, this.size)
    if (options !== undefined) checkOptions(options)
    const { tag = ANY_TAG } = options ?? {}
    checkReceiveTag(tag)
    const context = this.#context
    const endpoint = context.endpoint()
    const limits = limitsOf(options)
    if (options?.signal?.aborted === true) return Promise.reject(context.aborted('probe', options.signal))
    if (source === PROC_NULL) return Promise.resolve(EMPTY)
    return endpoint
      .probe({ context: context.id, source: this.#processOf(source), tag }, context, limits)
      .then((found) => statusOf(context, found.source, found.tag, found.type, found.bytes))
  }

  iprobe(source: number = ANY_SOURCE, options: { tag?: number } = {}): Status | undefined {
    checkSource(source, this.size)
    checkOptions(options)
    const { tag = ANY_TAG } = options
    checkReceiveTag(tag)
    const context = this.#context
    const endpoint = context.endpoint()
    if (source === PROC_NULL) return EMPTY
    const found = endpoint.iprobe({ context: context.id, source: this.#processOf(source), tag })
    return found === undefined ? undefined : statusOf(context, found.source, found.tag, found.type, found.bytes)
  }

  async *messages<T = unknown>(source: number = ANY_SOURCE, options?: Options): AsyncIterableIterator<Message<T>> {
    for (;;) {
      let message: Message<T>
      try {
        message = await this.receiveMessage<T>(source, options)
      } catch (error) {
        if (error instanceof MpiError && error.code === 'ERR_RANK_EXITED') return
        throw error
      }
      yield message
    }
  }

  abort(code = 1): never {
    return this.#context.process.abort(code)
  }

  #sendReceive<T>(value: unknown, destination: number, source: number, options: SendReceiveOptions): Promise<T> {
    checkOptions(options)
    const { sendTag = 0, receiveTag, ...limits } = options
    checkDestination(destination, this.size)
    checkSource(source, this.size)
    checkSendTag(sendTag, 'sendTag')
    if (receiveTag !== undefined) checkReceiveTag(receiveTag, 'receiveTag')
    const sent = this.send(value, destination, { tag: sendTag, ...limits })
    const tag = receiveTag ?? ANY_TAG
    if (source === PROC_NULL || limits.signal?.aborted === true)
      return Promise.all([this.receive<T>(source, { tag, ...limits }), sent]).then(([result]) => result)
    const context = this.#context
    const endpoint = context.endpoint()
    const process = this.#processOf(source)
    const receive = new PostedReceive(context.id, process, tag, 'value', undefined, 0, context, 'sendReceive')
    const received = endpoint.receive(receive, limitsOf(limits)) as Promise<T>
    // What is sent here later must not vanish in a receive of which nobody knows.
    sent.catch(() => endpoint.withdraw(receive))
    return Promise.all([received, sent]).then(([result]) => result)
  }

  #receive(
    source: number,
    options: Options | undefined,
    wanted: Wanted,
    target: TypedArray | undefined,
    operation: string,
    empty: unknown,
  ): Promise<unknown> {
    checkSource(source, this.size)
    const context = this.#context
    const endpoint = context.endpoint()
    let tag = ANY_TAG
    let limits: Limits | undefined = undefined
    if (options !== undefined) {
      checkOptions(options)
      tag = options.tag ?? ANY_TAG
      checkReceiveTag(tag)
      limits = limitsOf(options)
      if (options.signal?.aborted === true) return Promise.reject(context.aborted(operation, options.signal))
    }
    if (source === PROC_NULL) return Promise.resolve(empty)
    return endpoint.receive(
      new PostedReceive(context.id, this.#processOf(source), tag, wanted, target, 0, context, operation),
      limits,
    )
  }

  #processOf(source: number): number {
    return source === ANY_SOURCE ? ANY_SOURCE : this.#context.group.processOf(source)
  }
}
