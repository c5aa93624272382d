/**
 * An operator that throws must reject the collective on every rank, though the others wait for this rank's messages.
 * So the algorithm goes on as if nothing had happened, with a `Failure` in place of the partial result: it swallows
 * everything that it is combined with. When all is said, the ranks agree whether one has failed (only for operators
 * that users wrote: the built-in ones check their operands before).
 */
import { MpiError } from '../errors.ts'
import { exchange } from './channel.ts'
import type { Channel } from './channel.ts'
import { dissemination } from './patterns.ts'

const MARK = 'zmpi:failure'

export interface Failure {
  readonly [MARK]: number
  readonly operator: string
  readonly name: string
  readonly message: string
  readonly stack: string
}

export function failureOf(rank: number, operator: string, error: unknown): Failure {
  const known = error instanceof Error ? error : new Error(String(error))
  return { [MARK]: rank, operator, name: known.name, message: known.message, stack: known.stack ?? '' }
}

export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && MARK in value
}

/** The error with which the collective rejects; its cause is what the operator threw. */
export function errorOf(failure: Failure, operation: string): MpiError {
  const peer = failure[MARK]
  const cause = Object.assign(new Error(failure.message), { name: failure.name, stack: failure.stack })
  return new MpiError(
    'ERR_RANK_FAILED',
    `${operation}: ${failure.operator} threw on rank ${peer}: ${failure.message}`,
    {
      operation,
      peer,
      cause,
    },
  )
}

/**
 * Resolves with `result` unless it is a failure. When `mayDiffer`, the ranks first agree by dissemination, in ⌈log₂ p⌉
 * steps, whether it is one on any rank; then all reject with the failure of the lowest rank.
 */
export async function settle(
  channel: Channel,
  result: unknown,
  mayDiffer: boolean,
  operation: string,
): Promise<unknown> {
  let known = isFailure(result) ? result : undefined
  const hops = mayDiffer ? dissemination(channel.rank, channel.size) : []
  for (const { destination, source } of hops) {
    const heard = await exchange(channel, known, destination, source)
    if (isFailure(heard) && (known === undefined || heard[MARK] < known[MARK])) known = heard
  }
  if (known !== undefined) throw errorOf(known, operation)
  return result
}
