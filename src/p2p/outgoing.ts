/** A send that did not leave at once: it waits for credit, for its receiver, or for the receiver's word that it is done. */
import type { MpiError } from '../errors.ts'
import type { CallSite } from './call-site.ts'
import type { Peer } from './peer.ts'
import type { Scope } from './scope.ts'
import type { SendBuffer } from './send-buffer.ts'

const nothing = (): void => {}

export class Outgoing {
  readonly peer: Peer
  readonly context: number
  readonly tag: number
  readonly type: number
  readonly bytes: number
  readonly signature: number
  readonly synchronous: boolean
  readonly scope: Scope
  readonly operation: string
  readonly site: CallSite | undefined
  /** The payload, or its beginning if there is a rest, which then is not to be read later. */
  body: ArrayBufferView
  rest: readonly ArrayBufferView[]
  /** The same, in the send buffer; undefined while the payload is the caller's own memory. */
  copy: Uint8Array | undefined = undefined
  /** Number of this operation, by which the receiver asks for it; 0 until it was announced. */
  id = 0
  /** Bytes of the sender's budget that it holds. */
  budget = 0
  /** Turn of the sender's clock at the start; a moment later it may be buffered. */
  turn = 0
  granted = false
  /** True once the payload is on its way out of the caller's memory: it must stay there until it is done. */
  isMoving = false
  /** True once the payload has left in packets. */
  isSent = false
  settled = false
  readonly promise: Promise<void>
  #resolve!: () => void
  #reject!: (error: unknown) => void
  #release: (() => void) | undefined = undefined

  constructor(fields: {
    peer: Peer
    context: number
    tag: number
    type: number
    bytes: number
    signature: number
    synchronous: boolean
    scope: Scope
    operation: string
    site: CallSite | undefined
    body: ArrayBufferView
    rest: readonly ArrayBufferView[]
  }) {
    this.peer = fields.peer
    this.context = fields.context
    this.tag = fields.tag
    this.type = fields.type
    this.bytes = fields.bytes
    this.signature = fields.signature
    this.synchronous = fields.synchronous
    this.scope = fields.scope
    this.operation = fields.operation
    this.site = fields.site
    this.body = fields.body
    this.rest = fields.rest
    this.promise = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Runs `release` when the promise settles: removes timers and signal listeners. */
  onSettled(release: () => void): void {
    this.#release = release
  }

  resolve(): void {
    if (this.settled) return
    this.settled = true
    this.#release?.()
    this.#resolve()
    this.#drop()
  }

  reject(error: MpiError | Error): void {
    if (this.settled) return
    this.settled = true
    this.#release?.()
    this.#reject(error)
    this.#drop()
  }

  /** A buffered message may stay for long: what settled its promise need not. */
  #drop(): void {
    this.#release = undefined
    this.#resolve = nothing
    this.#reject = nothing
  }

  /** Copies the payload out of the caller's memory. */
  detach(buffer: SendBuffer): void {
    this.copy ??= buffer.copy(this.body, this.rest)
    this.body = this.copy
    this.rest = []
  }
}
