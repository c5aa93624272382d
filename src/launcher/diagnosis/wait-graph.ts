/** Who waits for whom, by what blocked ranks say of themselves. Pure. */
import type { OperationState, RankState } from '../../bootstrap/rank-state.ts'

export type States = ReadonlyMap<number, RankState>

/** Ranks that take part in a collective which another rank waits in, and have not called it. */
export function missingFrom({ context, tag: call, members }: OperationState, states: States): number[] {
  return [...states].flatMap(([rank, { collectives }]) => {
    const latest = new Map(collectives).get(context) ?? -1
    return (members?.includes(rank) ?? true) && latest < (call ?? 0) ? [rank] : []
  })
}

/** For each rank: those of which it needs one or all, in the order of its operations, itself perhaps. */
export function waitEdges(states: States): ReadonlyMap<number, readonly number[]> {
  const edges = [...states].map(([rank, { operations }]) => {
    const named = operations.flatMap((operation) => {
      const missing = operation.kind === 'collective' ? missingFrom(operation, states) : []
      return missing.length > 0 ? missing : operation.peers
    })
    const waitsForAny = operations.some(({ peers }) => peers.length === 0)
    const others = waitsForAny ? [...states.keys()].filter((other) => other !== rank) : []
    return [rank, [...new Set([...named, ...others])]] as const
  })
  return new Map(edges)
}

/** The first cycle that is found from the lowest rank on, its ranks once each; undefined when there is none. */
export function findCycle(edges: ReadonlyMap<number, readonly number[]>): number[] | undefined {
  const done = new Set<number>()
  for (const start of [...edges.keys()].toSorted((a, b) => a - b)) {
    const cycle = cycleFrom(start, edges, done)
    if (cycle !== undefined) return fromLowest(cycle)
  }
  return undefined
}

/** Depth first, without recursion: a job may have a chain of thousands of ranks. */
function cycleFrom(
  start: number,
  edges: ReadonlyMap<number, readonly number[]>,
  done: Set<number>,
): number[] | undefined {
  const path: number[] = []
  const places = new Map<number, number>()
  const left: Iterator<number>[] = []
  const enter = (rank: number): void => {
    places.set(rank, path.length)
    path.push(rank)
    left.push((edges.get(rank) ?? [])[Symbol.iterator]())
  }
  if (!done.has(start)) enter(start)
  while (path.length > 0) {
    const next = left.at(-1)?.next()
    if (next?.done === false) {
      const place = places.get(next.value)
      if (place !== undefined) return path.slice(place)
      if (edges.has(next.value) && !done.has(next.value)) enter(next.value)
      continue
    }
    left.pop()
    const rank = path.pop() as number
    places.delete(rank)
    done.add(rank)
  }
  return undefined
}

function fromLowest(cycle: readonly number[]): number[] {
  const place = cycle.indexOf(Math.min(...cycle))
  return [...cycle.slice(place), ...cycle.slice(0, place)]
}
