/** A receive that was called: what it matches, what it wants (the value, the whole message, memory filled) and its promise. */
import type { Pattern } from '../wire/envelope.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { Code, rawCodeOf } from '../wire/payload.ts'
import type { CallSite } from './call-site.ts'
import type { Scope } from './scope.ts'

const UINT8 = rawCodeOf(new Uint8Array(0))

/** What the promise resolves with; `nothing`: the message must be exactly as long as the target. */
export type Wanted = 'value' | 'message' | 'status' | 'nothing'

export class PostedReceive implements Pattern {
  readonly context: number
  readonly source: number
  readonly tag: number
  readonly wanted: Wanted
  /** Memory to be filled, for receiveInto. */
  readonly target: TypedArray | undefined
  /** What a collective expects its messages to say; 0 for point to point. */
  readonly signature: number
  readonly scope: Scope
  readonly operation: string
  site: CallSite | undefined = undefined
  resolve!: (result: unknown) => void
  reject!: (error: unknown) => void
  #release: (() => void) | undefined = undefined

  constructor(
    context: number,
    source: number,
    tag: number,
    wanted: Wanted,
    target: TypedArray | undefined,
    signature: number,
    scope: Scope,
    operation: string,
  ) {
    this.context = context
    this.source = source
    this.tag = tag
    this.wanted = wanted
    this.target = target
    this.signature = signature
    this.scope = scope
    this.operation = operation
  }

  promise(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  /** Runs `release` when the receive was matched or given up: removes timers and signal listeners. */
  onSettled(release: () => void): void {
    this.#release = release
  }

  release(): void {
    if (this.#release !== undefined) {
      this.#release()
      this.#release = undefined
    }
  }
}

/** True when a message of this type may fill this array: the same element type (a Buffer is a Uint8Array). */
export function accepts(target: TypedArray, type: number): boolean {
  const own = rawCodeOf(target)
  return own === type || (isBytes(own) && isBytes(type))
}

function isBytes(code: number | undefined): boolean {
  return code === UINT8 || code === Code.Buffer
}

/** The memory of a view as bytes. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}
