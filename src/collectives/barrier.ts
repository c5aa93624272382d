/** Resolves when all ranks have entered. */
import { barrierDissemination } from './algorithms/barrier-dissemination.ts'
import { barrierLeaders } from './algorithms/barrier-leaders.ts'
import type { Channel } from './channel.ts'
import { select } from './select.ts'
import type { Algorithms } from './select.ts'

/** @param hosts the host of each rank, where that is known: on all ranks or on none */
export function barrier(channel: Channel, hosts?: readonly number[], algorithms?: Algorithms): Promise<void> {
  if (hosts === undefined) return barrierDissemination(channel)
  const algorithm = select('barrier', { size: channel.size, hosts: new Set(hosts).size }, algorithms)
  return algorithm === 'leaders' ? barrierLeaders(channel, hosts) : barrierDissemination(channel)
}
