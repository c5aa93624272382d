/**
 * The errors of the library. Caller mistakes are `RangeError`s and `TypeError`s thrown before anything is sent;
 * everything else is an `MpiError` whose `code` says what happened and whose facts say to whom.
 */

export type MpiErrorCode =
  | 'ERR_TRUNCATE'
  | 'ERR_TIMEOUT'
  | 'ERR_ABORTED'
  | 'ERR_RANK_EXITED'
  | 'ERR_RANK_FAILED'
  | 'ERR_MISMATCH'
  | 'ERR_DEADLOCK'
  | 'ERR_FREED'
  | 'ERR_PROTOCOL'
  | 'ERR_LAUNCH'

/** What is known about a failure besides its text. */
export interface MpiErrorFacts {
  /** Rank on which the operation was called. */
  readonly rank?: number
  /** Rank at the other end. */
  readonly peer?: number
  readonly tag?: number
  /** Name of the operation, as the user spells it: `receive`, `allreduce`. */
  readonly operation?: string
  /** Name of the communicator. */
  readonly communicator?: string
  readonly cause?: unknown
}

const BRAND = Symbol.for('zmpi.MpiError')

export class MpiError extends Error {
  readonly code: MpiErrorCode
  readonly rank: number | undefined
  readonly peer: number | undefined
  readonly tag: number | undefined
  readonly operation: string | undefined
  readonly communicator: string | undefined

  constructor(code: MpiErrorCode, message: string, facts: MpiErrorFacts = {}) {
    super(message, 'cause' in facts ? { cause: facts.cause } : undefined)
    this.code = code
    this.rank = facts.rank
    this.peer = facts.peer
    this.tag = facts.tag
    this.operation = facts.operation
    this.communicator = facts.communicator
  }

  static {
    Object.defineProperty(this.prototype, 'name', { value: 'MpiError', configurable: true, writable: true })
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }
}

/** True for an `MpiError` of any copy of this library. */
export function isMpiError(value: unknown): value is MpiError {
  return typeof value === 'object' && value !== null && BRAND in value
}
