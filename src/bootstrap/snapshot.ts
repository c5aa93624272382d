/** Puts into plain facts what an endpoint is waiting for. */
import type { WaitingOperation } from '../p2p/activity.ts'
import type { Endpoint } from '../p2p/endpoint.ts'
import { describeOperation } from '../p2p/wait-text.ts'
import { ANY_SOURCE, ANY_TAG } from '../wire/envelope.ts'
import type { Unreceived } from './control.ts'
import { MOST_TOLD, type OperationState, type RankState } from './rank-state.ts'

type Waits = Pick<RankState, 'operations' | 'more' | 'packets' | 'collectives'>

/** `isEnding`: sends that wait to be received count, although their promises have resolved. */
export function snapshot(endpoint: Endpoint, isEnding: boolean): Waits {
  const operations = new Map<string, OperationState>()
  let more = 0
  for (const waiting of isEnding
    ? [...endpoint.activity.waiting(), ...endpoint.activity.buffered()]
    : endpoint.activity.waiting()) {
    // The messages of one call of a collective are one operation.
    const call = endpoint.disagreement.collectives.has(waiting.context)
    const key = call ? `${waiting.context} ${waiting.tag}` : String(operations.size)
    const known = operations.get(key)
    if (known === undefined && operations.size === MOST_TOLD) more++
    else operations.set(key, call ? collectiveState(endpoint, waiting, known) : operationState(endpoint, waiting))
  }
  const collectives = [...endpoint.disagreement.collectives].map(([context, { latest }]) => [context, latest] as const)
  return { operations: [...operations.values()], more, packets: endpoint.activity.packets(), collectives }
}

/** Messages that nobody has received or will, except what is left of a disagreement, which is told as such. */
export function unreceived(endpoint: Endpoint, nameOf: (context: number) => string): Unreceived[] {
  const counts = new Map<string, Unreceived>()
  for (const { context, source, tag, signature } of endpoint.activity.unexpected()) {
    if (signature !== 0) continue
    const key = `${context} ${source} ${tag}`
    const messages = (counts.get(key)?.messages ?? 0) + 1
    counts.set(key, { source, tag, communicator: nameOf(context), messages })
  }
  const dropped = [...endpoint.activity.dropped()].map(({ communicator, source, tag, messages }) => {
    return { source, tag, communicator: `${communicator}, which it had freed`, messages }
  })
  return [...counts.values(), ...dropped]
}

function operationState(endpoint: Endpoint, waiting: WaitingOperation): OperationState {
  const { operation, tag, context, scope } = waiting
  return {
    kind: 'peer' in waiting ? 'send' : 'receive',
    operation,
    text: describeOperation(waiting),
    site: endpoint.sites.of(waiting),
    peers: peersOf(waiting),
    tag: tag === ANY_TAG ? undefined : tag,
    context,
    communicator: scope.name,
    members: undefined,
    synchronous: 'synchronous' in waiting && waiting.synchronous,
  }
}

function collectiveState(
  endpoint: Endpoint,
  waiting: WaitingOperation,
  known: OperationState | undefined,
): OperationState {
  if (known !== undefined) return { ...known, peers: [...new Set([...known.peers, ...peersOf(waiting)])] }
  const { context, tag: call, scope, operation } = waiting
  const collectives = endpoint.disagreement.collectives.get(context)
  const text = collectives?.recall(call)?.text ?? operation
  const members = collectives?.members ?? []
  return {
    ...operationState(endpoint, waiting),
    kind: 'collective',
    text: scope.name === 'world' ? text : `${text} on ${scope.name}`,
    members: members.length === endpoint.size ? undefined : members,
  }
}

function peersOf(waiting: WaitingOperation): readonly number[] {
  if ('peer' in waiting) return [waiting.peer.rank]
  return waiting.source === ANY_SOURCE ? [] : [waiting.source]
}
