/** Receives and probes that nothing can complete any more, because those who could have left the job. */
import type { MpiError } from '../errors.ts'
import { ANY_SOURCE, type Envelope } from '../wire/envelope.ts'
import { codeOf, type Peer, type Peers } from './peer.ts'
import type { Posting } from './posted-probe.ts'
import { departedText, queuedText, waitText } from './wait-text.ts'

/**
 * True when every process that could send a matching message has left. To itself a process can always send.
 *
 * @param rank of this process
 */
export function isHopeless({ source, scope }: Posting, peers: Peers, rank: number): boolean {
  if (source !== ANY_SOURCE) return peers.get(source).departure !== undefined
  const others = scope.processes.filter((process) => process !== rank)
  return others.length > 0 && others.every((process) => peers.get(process).departure !== undefined)
}

/**
 * @param site where it was called
 * @param partner the process whose departure ends a transfer from it; else the source counts
 */
export function hopelessError(
  receive: Posting,
  peers: Peers,
  unexpected: Iterable<Envelope>,
  site: string | undefined,
  partner?: Peer,
): MpiError {
  const peer = receive.source === ANY_SOURCE ? partner : peers.get(receive.source)
  const departure = peer?.departure
  const text =
    peer === undefined || departure === undefined || (receive.source === ANY_SOURCE && departure.how === 'ended')
      ? 'cannot complete: every other rank has ended'
      : `cannot complete: rank ${receive.scope.rankOf(peer.rank)} ${departedText(departure)}`
  return waitText(receive, { code: codeOf(departure), text }, queuedText(unexpected, receive), site)
}
