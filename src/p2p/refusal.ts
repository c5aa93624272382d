/** What operations fail with that have lost their other end: no receiver, or no communicator any more. */
import { MpiError } from '../errors.ts'
import type { Outgoing } from './outgoing.ts'
import { codeOf, type Departure } from './peer.ts'
import type { Posting } from './posted-probe.ts'
import type { Scope } from './scope.ts'
import { departedText } from './wait-text.ts'

/**
 * The receiver of a send has left the job.
 *
 * @param site where the send was called, or one like it
 */
export function endedError(
  { operation, scope, peer, tag }: Outgoing,
  departure: Departure,
  site: string | undefined,
): MpiError {
  const where = site === undefined ? '' : ` at ${site}`
  const rank = scope.rankOf(peer.rank)
  return new MpiError(
    codeOf(departure),
    `${operation} to rank ${rank} (tag ${tag})${where}: rank ${rank} ${departedText(departure)} without receiving it`,
    { peer: rank, tag, operation, communicator: scope.name },
  )
}

/** The receiver of a send has freed the communicator. */
export function freedError({
  operation,
  scope,
  peer,
  tag,
}: Pick<Outgoing, 'operation' | 'scope' | 'tag'> & { readonly peer: { readonly rank: number } }): MpiError {
  const rank = scope.rankOf(peer.rank)
  return new MpiError('ERR_FREED', `${operation} to rank ${rank} (tag ${tag}): rank ${rank} has freed ${scope.name}`, {
    peer: rank,
    tag,
    operation,
    communicator: scope.name,
  })
}

/** A receive or probe waited when its communicator was freed here. */
export function freedMeanwhileError({ operation }: Posting, { name }: Scope): MpiError {
  return new MpiError('ERR_FREED', `${operation}: ${name} was freed while it waited`, { operation, communicator: name })
}
