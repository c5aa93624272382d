/** What a programmer has probably done wrong, by what the ranks of a deadlock wait for. Pure. */
import type { OperationState, RankState } from '../../bootstrap/rank-state.ts'
import { countText, ranksText } from './ranks-text.ts'
import { findCycle, missingFrom, waitEdges, type States } from './wait-graph.ts'

/** At most three, the likeliest first; each one line. */
const MOST_TOLD = 3

/** `ended`: ranks that have left the job normally. */
export function likelyCauses(states: States, ended: readonly number[]): string[] {
  const each = (guess: (rank: number, operation: OperationState, state: RankState) => string | undefined): string[] =>
    [...states].flatMap(([rank, state]) => state.operations.flatMap((operation) => guess(rank, operation, state) ?? []))
  const misfits = [
    ...each((rank, operation, state) => misfit(rank, operation, state)),
    ...each((rank, operation) => untaken(rank, operation, states)),
  ]
  const missing = [...new Set(each((_, operation) => absent(operation, states)))]
  const others = misfits.length + missing.length > 0 ? [] : circular(states, ended)
  return [...misfits, ...missing, ...others].slice(0, MOST_TOLD)
}

/** A message is here that does not match, although it nearly does. */
function misfit(
  rank: number,
  { kind, peers, tag, communicator }: OperationState,
  { unreceived }: RankState,
): string | undefined {
  if (kind !== 'receive') return undefined
  const from = peers.length === 0 ? 'any rank' : ranksText(peers)
  const isFrom = (source: number): boolean => peers.length === 0 || peers.includes(source)
  const here = unreceived.filter((message) => message.communicator === communicator)
  const otherTag = here.find(({ source }) => isFrom(source))
  if (otherTag !== undefined)
    return `wrong tag: rank ${rank} waits for tag ${tag} from ${from}, but what rank ${otherTag.source} has sent has tag ${otherTag.tag}`
  const otherSource = here.find((message) => tag === undefined || message.tag === tag)
  if (otherSource !== undefined)
    return `wrong source: rank ${rank} waits for ${from}, but the message ${tag === undefined ? '' : `with tag ${tag} `}is from rank ${otherSource.source}`
  const elsewhere = unreceived.find((message) => isFrom(message.source) && (tag ?? message.tag) === message.tag)
  if (elsewhere !== undefined)
    return `wrong communicator: rank ${rank} waits on ${communicator}, but the message from rank ${elsewhere.source} is on ${elsewhere.communicator}`
  return undefined
}

/** A script has ended, and what it sent is not received. */
function untaken(rank: number, { kind, peers, tag, communicator }: OperationState, states: States): string | undefined {
  const [peer] = peers
  if (kind !== 'send' || peer === undefined || states.get(rank)?.phase !== 'ending') return undefined
  return `rank ${rank} has nothing left to do, but rank ${peer} does not receive what it has sent with tag ${tag} on ${communicator}`
}

/** Somebody has not called a collective. */
function absent(operation: OperationState, states: States): string | undefined {
  if (operation.kind !== 'collective') return undefined
  const missing = missingFrom(operation, states)
  const [first] = missing
  if (first === undefined) return undefined
  const instead = states.get(first)?.operations[0]
  const where = instead === undefined ? '' : `: rank ${first} waits in ${placed(instead)}`
  return `${ranksText(missing)} ${missing.length === 1 ? 'has' : 'have'} not called ${placed(operation)}${where}`
}

function circular(states: States, ended: readonly number[]): string[] {
  const specific = [...states].filter(([, { operations }]) => operations.every(({ peers }) => peers.length > 0))
  const cycle = findCycle(waitEdges(new Map(specific)))
  if (cycle !== undefined) {
    const operations = cycle.map((rank) => states.get(rank)?.operations[0])
    if (cycle.length === 1) return [`rank ${cycle[0]} waits for itself`]
    if (operations.every((operation) => operation?.kind === 'receive'))
      return ['each of them receives before it sends: let one send first, or use sendReceive']
    if (operations.every((operation) => operation?.kind === 'send' && operation.synchronous))
      return ['each of them waits until its message is received before it receives: use sendReceive, or receive first']
    if (operations.every((operation) => operation?.kind === 'send'))
      return ['each of them has sent more than can be buffered, and none receives: receive in between']
  }
  const wildcards = [...states].filter(([, { operations }]) => operations.some(({ peers }) => peers.length === 0))
  const [first] = wildcards
  if (first === undefined) return []
  const rank = first[0]
  const gone =
    ended.length === 0 ? '' : `; ${countText(ended.length, 'rank')} ${ended.length === 1 ? 'has' : 'have'} ended`
  if (states.size === 1) return [`nobody is left who could send to rank ${rank}${gone}`]
  return [`rank ${rank} waits for any rank, but all that are left wait themselves${gone}`]
}

function placed({ text, site }: OperationState): string {
  return site === undefined ? text : `${text} at ${site}`
}
