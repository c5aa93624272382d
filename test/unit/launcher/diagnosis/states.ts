/** States of ranks, in the short. */
import type { OperationState, RankState } from '../../../../src/bootstrap/rank-state.ts'
import type { States } from '../../../../src/launcher/diagnosis/wait-graph.ts'

export function operation(fields: Partial<OperationState> = {}): OperationState {
  const { kind = 'receive', peers = [], tag } = fields
  return {
    kind,
    operation: kind,
    text: `${kind}(${kind === 'send' ? 'destination' : 'source'} ${peers.length === 0 ? 'any' : peers.join()}, tag ${tag ?? 'any'})`,
    site: 'a.ts:1',
    peers,
    tag,
    context: 0,
    communicator: 'world',
    members: undefined,
    synchronous: false,
    ...fields,
  }
}

export const receiveFrom = (...peers: number[]): OperationState => operation({ peers })
export const sendTo = (peer: number, synchronous = true): OperationState =>
  operation({ kind: 'send', peers: [peer], tag: 0, synchronous })
export const barrier = (call: number, peers: number[], members?: number[]): OperationState =>
  operation({ kind: 'collective', operation: 'barrier', text: 'barrier()', context: 1, tag: call, peers, members })

export function state(operations: readonly OperationState[], fields: Partial<RankState> = {}): RankState {
  return {
    phase: 'waiting',
    blocked: true,
    progress: 7,
    seconds: 1,
    operations,
    more: 0,
    unreceived: [],
    packets: [],
    collectives: [],
    resources: [],
    ...fields,
  }
}

/** The states of ranks 0, 1, 2 …: an array of operations, or a whole state. */
export function states(...ranks: readonly (readonly OperationState[] | RankState)[]): States {
  return new Map(ranks.map((given, rank) => [rank, 'phase' in given ? given : state(given)]))
}
