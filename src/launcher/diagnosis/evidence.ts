/**
 * When is a deadlock certain? When two rounds of questions, one after the other, show the same: every rank blocked, and
 * every packet received that was sent. This is termination detection by counting messages twice (F. Mattern, Algorithms
 * for distributed termination detection, 1987: the four counter method): a packet that one round missed, since it was
 * sent after its sender's answer, changes the other. Pure.
 */
import type { States } from './wait-graph.ts'

/** Packets that one rank has sent and another, which runs, has not received: on their way, or lost. */
export interface Missing {
  readonly source: number
  readonly destination: number
  readonly packets: number
  /** What has arrived. */
  readonly received: number
}

/** True when nothing but a message can wake any of these ranks. */
export function areBlocked(states: States): boolean {
  return [...states.values()].every(({ blocked }) => blocked)
}

/** True when all these ranks are blocked and nothing is on its way between them. */
export function isStandstill(states: States): boolean {
  return areBlocked(states) && missingPackets(states).length === 0
}

/** True when nothing has happened on any rank between two rounds. */
export function isUnchanged(first: States, second: States): boolean {
  return (
    first.size === second.size && [...first].every(([rank, { progress }]) => second.get(rank)?.progress === progress)
  )
}

export function missingPackets(states: States): Missing[] {
  const taken = new Map(
    [...states].map(([rank, { packets }]) => [rank, new Map(packets.map(([peer, , received]) => [peer, received]))]),
  )
  return [...states].flatMap(([source, { packets }]) =>
    packets.flatMap(([destination, sent]) => {
      // Who has ended said before what it had sent, and that has arrived.
      if (!taken.has(destination) || destination === source) return []
      const received = taken.get(destination)?.get(source) ?? 0
      return sent === received ? [] : [{ source, destination, packets: sent - received, received }]
    }),
  )
}
