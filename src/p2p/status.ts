/** What a receiver learns about a message besides its value. */
import { countOf, typeNameOf, type TypeName } from '../wire/payload.ts'
import type { Scope } from './scope.ts'

export interface Options {
  /** 0 … 2^31−1. @default 0; for receives without a tag: any */
  tag?: number
  /** Aborting it rejects the waiting operation with the signal's reason; a message is never lost by it. */
  signal?: AbortSignal
  /** Milliseconds until the operation rejects with `ERR_TIMEOUT`. @default none */
  timeout?: number
}

/** Does not change; several receives may resolve with the same one. */
export interface Status {
  /** Rank of the sender in this communicator; `PROC_NULL` for the empty result. */
  readonly source: number
  readonly tag: number
  /** Length of the payload on the wire. */
  readonly bytes: number
  /** Elements of a typed array; 1 for any other value. */
  readonly count: number
  /** `Float64Array`, `Buffer`, …, or `object` for everything that was serialised. */
  readonly type: TypeName
}

export interface Message<T> extends Status {
  readonly value: T
}

/** What a communicator's receiver is told: `source` as its rank there. */
export function statusOf(scope: Scope, source: number, tag: number, type: number, bytes: number): Status {
  return { source: scope.rankOf(source), tag, bytes, count: countOf(type, bytes), type: typeNameOf(type) }
}
