/**
 * When is a deadlock certain? When two rounds of questions, one after the other, show the same: every rank blocked, and
 * every packet received that was sent. This is termination detection by counting messages twice (F. Mattern, Algorithms
 * for distributed termination detection, 1987: the four counter method): a packet that one round missed, since it was
 * sent after its sender's answer, changes the other. Pure.
 */
import type { States } from './wait-graph.ts'

/** True when all these ranks are blocked and nothing is on its way between them. */
export function isStandstill(states: States): boolean {
  return [...states.values()].every(({ blocked }) => blocked) && isBalanced(states)
}

/** True when nothing has happened on any rank between two rounds. */
export function isUnchanged(first: States, second: States): boolean {
  return (
    first.size === second.size && [...first].every(([rank, { progress }]) => second.get(rank)?.progress === progress)
  )
}

function isBalanced(states: States): boolean {
  const counts = new Map(
    [...states].map(([rank, { packets }]) => [rank, new Map(packets.map((entry) => [entry[0], entry]))]),
  )
  return [...states].every(([rank, { packets }]) =>
    packets.every(([peer, sent, received]) => {
      const theirs = counts.get(peer)
      // Who has ended said before what it had sent, and that has arrived.
      if (theirs === undefined || peer === rank) return true
      const [, back = 0, taken = 0] = theirs.get(rank) ?? []
      return sent === taken && received === back
    }),
  )
}
