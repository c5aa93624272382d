/** The point-to-point half of a communicator: checks arguments, translates ranks, starts operations at the endpoint. */
import type { Algorithms } from '../collectives/select.ts'
import { MpiError } from '../errors.ts'
import type { Endpoint } from '../p2p/endpoint.ts'
import type { Limits } from '../p2p/supervise.ts'
import { PostedReceive, type Wanted } from '../p2p/posted-receive.ts'
import { statusOf, type Message, type Options, type Status } from '../p2p/status.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { ANY_SOURCE, ANY_TAG, PROC_NULL } from '../wire/envelope.ts'
import {
  checkDestination,
  checkReceiveTag,
  checkSendTag,
  checkSignal,
  checkSource,
  checkTarget,
  checkTimeout,
} from './arguments.ts'
import type { ContextIds } from './context-ids.ts'
import type { SendOptions, SendReceiveOptions } from './communicator.ts'
import type { Group } from './group.ts'

/** What a communicator needs of its process. */
export interface Process {
  /** World rank. */
  readonly rank: number
  /** The endpoint, opened at the first call. Throws when communication has ended. */
  endpoint(): Endpoint
  readonly contexts: ContextIds
  /** A number for the host of each process, where that is known. Asked after `endpoint`. */
  readonly hosts?: readonly number[] | undefined
  /** Algorithms that the user forces. */
  readonly algorithms: Algorithms | undefined
  /** Tells what the context of a communicator is called, for reports. */
  name(context: number, name: string): void
  /** The communicator of this context was freed. */
  forget(context: number): void
  /** Ends the whole job. */
  abort(code: number): never
}

const EMPTY: Status = Object.freeze({ source: PROC_NULL, tag: ANY_TAG, bytes: 0, count: 0, type: 'object' })

export class PointToPoint {
  readonly rank: number
  readonly size: number
  readonly name: string
  protected readonly process: Process
  protected readonly group: Group
  /** Context of point-to-point messages; the next number is the collectives'. */
  protected readonly context: number
  protected isFreed = false

  constructor(process: Process, group: Group, context: number, name: string) {
    this.process = process
    this.group = group
    this.context = context
    this.name = name
    this.rank = group.rankOf(process.rank)
    this.size = group.size
    process.name(context, name)
  }

  /** World ranks of the members. */
  get processes(): readonly number[] {
    return this.group.processes
  }

  /** Rank in this communicator of a process. */
  rankOf(process: number): number {
    return this.group.rankOf(process)
  }

  send(value: unknown, destination: number, options?: SendOptions): Promise<void> {
    checkDestination(destination, this.size)
    const endpoint = this.endpoint()
    if (options === undefined) {
      if (destination === PROC_NULL) return Promise.resolve()
      return endpoint.send(this.group.processOf(destination), this.context, 0, value, 0, false, this, 'send')
    }
    const { tag = 0, synchronous = false } = options
    checkSendTag(tag)
    const limits = limitsOf(options)
    if (options.signal?.aborted === true) return Promise.reject(this.aborted('send', options.signal))
    if (destination === PROC_NULL) return Promise.resolve()
    return endpoint.send(
      this.group.processOf(destination),
      this.context,
      tag,
      value,
      0,
      synchronous,
      this,
      'send',
      limits,
    )
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
    const { tag = ANY_TAG } = options ?? {}
    checkReceiveTag(tag)
    const endpoint = this.endpoint()
    const limits = limitsOf(options)
    if (options?.signal?.aborted === true) return Promise.reject(this.aborted('probe', options.signal))
    if (source === PROC_NULL) return Promise.resolve(EMPTY)
    return endpoint
      .probe({ context: this.context, source: this.#processOf(source), tag }, this, limits)
      .then((found) => statusOf(this, found.source, found.tag, found.type, found.bytes))
  }

  iprobe(source: number = ANY_SOURCE, options: { tag?: number } = {}): Status | undefined {
    checkSource(source, this.size)
    const { tag = ANY_TAG } = options
    checkReceiveTag(tag)
    const endpoint = this.endpoint()
    if (source === PROC_NULL) return EMPTY
    const found = endpoint.iprobe({ context: this.context, source: this.#processOf(source), tag })
    return found === undefined ? undefined : statusOf(this, found.source, found.tag, found.type, found.bytes)
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

  /** `world` and `self` are never freed. */
  protected get isPermanent(): boolean {
    return this.context < 4
  }

  abort(code = 1): never {
    return this.process.abort(code)
  }

  /** The endpoint, unless this communicator was freed. */
  protected endpoint(): Endpoint {
    if (this.isFreed)
      throw new MpiError('ERR_FREED', `${this.name} was freed: no operation can be started on it`, {
        communicator: this.name,
      })
    return this.process.endpoint()
  }

  protected aborted(operation: string, signal: AbortSignal): MpiError {
    const error = new MpiError('ERR_ABORTED', `${operation}: its signal was aborted before the call`, {
      operation,
      communicator: this.name,
      cause: signal.reason,
    })
    error.name = 'AbortError'
    return error
  }

  #sendReceive<T>(value: unknown, destination: number, source: number, options: SendReceiveOptions): Promise<T> {
    const { sendTag = 0, receiveTag, ...limits } = options
    checkDestination(destination, this.size)
    checkSource(source, this.size)
    checkSendTag(sendTag, 'sendTag')
    if (receiveTag !== undefined) checkReceiveTag(receiveTag, 'receiveTag')
    const sent = this.send(value, destination, { tag: sendTag, ...limits })
    const tag = receiveTag ?? ANY_TAG
    if (source === PROC_NULL || limits.signal?.aborted === true)
      return Promise.all([this.receive<T>(source, { tag, ...limits }), sent]).then(([result]) => result)
    const endpoint = this.endpoint()
    const process = this.#processOf(source)
    const receive = new PostedReceive(this.context, process, tag, 'value', undefined, 0, this, 'sendReceive')
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
    const endpoint = this.endpoint()
    let tag = ANY_TAG
    let limits: Limits | undefined = undefined
    if (options !== undefined) {
      tag = options.tag ?? ANY_TAG
      checkReceiveTag(tag)
      limits = limitsOf(options)
      if (options.signal?.aborted === true) return Promise.reject(this.aborted(operation, options.signal))
    }
    if (source === PROC_NULL) return Promise.resolve(empty)
    return endpoint.receive(
      new PostedReceive(this.context, this.#processOf(source), tag, wanted, target, 0, this, operation),
      limits,
    )
  }

  #processOf(source: number): number {
    return source === ANY_SOURCE ? ANY_SOURCE : this.group.processOf(source)
  }
}

/** Checks and takes out what may end an operation early; undefined when nothing may. */
export function limitsOf(options: { signal?: AbortSignal; timeout?: number } | undefined): Limits | undefined {
  if (options === undefined) return undefined
  const { signal, timeout } = options
  checkTimeout(timeout)
  checkSignal(signal)
  return signal === undefined && timeout === undefined ? undefined : { signal, timeout }
}
