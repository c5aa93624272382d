/** The end of a conversation: every peer says that it has taken all that was sent to it. */
import { MpiError } from '../errors.ts'
import { Kind } from '../wire/header.ts'
import type { Link } from './link.ts'
import type { Peers } from './peer.ts'
import { departedText } from './wait-text.ts'

/** Asks every peer to which something was sent. Resolves when each has answered or left. */
export async function flush(peers: Peers, link: Link): Promise<void> {
  const answers: Promise<void>[] = []
  for (const peer of peers) {
    if (peer.sequenceOut === 0 || peer.departure !== undefined) continue
    answers.push(
      new Promise((resolve) => {
        peer.flushed = resolve
      }),
    )
    peer.messagesAsked = peer.messagesSent
    link.signal(peer, Kind.flush)
  }
  await Promise.all(answers)
}

/** Throws `ERR_RANK_FAILED` when a peer has failed before it said that. */
export function checkTaken(peers: Peers): void {
  for (const { rank, departure, hasTakenAll, messagesSent } of peers)
    if (departure?.how === 'failed' && !hasTakenAll && messagesSent > 0)
      throw new MpiError('ERR_RANK_FAILED', `rank ${rank} ${departedText(departure)} and may not have taken all`, {
        peer: rank,
        operation: 'finalize',
      })
}
