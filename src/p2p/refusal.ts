/** What a send fails with that nobody will receive. */
import { MpiError } from '../errors.ts'
import { describeCallSite } from './call-site.ts'
import type { Outgoing } from './outgoing.ts'
import { codeOf, type Departure } from './peer.ts'
import { departedText } from './wait-text.ts'

/**
 * The receiver has left the job.
 *
 * @param site where the send was called, if more is known of that than was noted
 */
export function endedError(outgoing: Outgoing, departure: Departure, site = describeCallSite(outgoing.site)): MpiError {
  const { operation, scope, peer, tag } = outgoing
  const where = site === undefined ? '' : ` at ${site}`
  const rank = scope.rankOf(peer.rank)
  return new MpiError(
    codeOf(departure),
    `${operation} to rank ${rank} (tag ${tag})${where}: rank ${rank} ${departedText(departure)} without receiving it`,
    { peer: rank, tag, operation, communicator: scope.name },
  )
}

/** The receiver has freed the communicator. */
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
