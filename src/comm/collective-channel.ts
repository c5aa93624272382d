/** One call of one collective, as its algorithm sees it: messages in the communicator's collective context, tagged by the call's number. */
import { SENT, type Channel, type Next } from '../collectives/channel.ts'
import type { Operation, Signature } from '../collectives/signature.ts'
import type { Assembly } from '../p2p/assembly.ts'
import type { Round } from '../p2p/board-waits.ts'
import type { CallSite } from '../p2p/call-site.ts'
import { LEFT, type Endpoint } from '../p2p/endpoint.ts'
import type { Limits } from '../p2p/supervise.ts'
import { PostedReceive } from '../p2p/posted-receive.ts'
import type { Scope } from '../p2p/scope.ts'
import type { Body } from '../wire/body.ts'
import type { Encoded, Packed } from '../wire/codec.ts'
import type { TypedArray } from '../wire/element-type.ts'
import type { Scratch } from '../collectives/scratch.ts'
import { FOLDING, type Adoption } from './adoption.ts'
import type { Group } from './group.ts'

export class CollectiveChannel implements Channel, Round {
  readonly rank: number
  readonly size: number
  readonly scratch: Scratch
  readonly scope: Scope
  readonly context: number
  readonly operation: Operation
  readonly signed: Signature
  /** Set for each call. */
  call = 0
  next: Next | undefined = undefined
  limits: Limits | undefined = undefined
  site: CallSite | undefined = undefined
  readonly #endpoint: Endpoint
  readonly #group: Group
  readonly #adoption: Adoption | undefined
  readonly #isFolding: boolean

  constructor(
    endpoint: Endpoint,
    group: Group,
    scope: Scope,
    context: number,
    process: number,
    scratch: Scratch,
    adoption: Adoption | undefined,
    operation: Operation,
    signed: Signature,
  ) {
    this.rank = group.rankOf(process)
    this.size = group.size
    this.#endpoint = endpoint
    this.#group = group
    this.scope = scope
    this.context = context
    this.scratch = scratch
    this.#adoption = adoption
    this.#isFolding = FOLDING.has(operation)
    this.operation = operation
    this.signed = signed
  }

  get signature(): number {
    return this.signed.hash
  }

  get assembly(): Assembly | undefined {
    return this.#adoption?.assembly(this.#isFolding)
  }

  send(value: unknown, destination: number): Promise<void> {
    const sent = this.#endpoint.send(
      this.#group.processOf(destination),
      this.context,
      this.call,
      value,
      this.signature,
      false,
      this.scope,
      this.operation,
      this.limits,
      this.site,
    )
    return sent === LEFT ? SENT : sent
  }

  receive(source: number): Promise<unknown> {
    return this.#receive(source, undefined)
  }

  receiveInto(target: TypedArray, source: number): Promise<void> {
    return this.#receive(source, target) as Promise<void>
  }

  copy<T>(value: T): T {
    return this.#endpoint.codec.pack(value).value as T
  }

  encode(value: unknown): Encoded {
    return this.#endpoint.codec.encode(value)
  }

  pack(value: unknown): Packed {
    return this.#endpoint.codec.pack(value)
  }

  unpack(type: number, body: Body, bytes: number): unknown {
    return this.#endpoint.codec.unpack(type, body, bytes)
  }

  #receive(source: number, target: TypedArray | undefined): Promise<unknown> {
    const receive = new PostedReceive(
      this.context,
      this.#group.processOf(source),
      this.call,
      target === undefined ? 'value' : 'nothing',
      target,
      this.signature,
      this.scope,
      this.operation,
    )
    receive.site = this.site
    return this.#endpoint.receive(receive, this.limits)
  }
}
