/** Resolves when all ranks have entered. */
import { barrierDissemination } from './algorithms/barrier-dissemination.ts'
import { barrierLeaders } from './algorithms/barrier-leaders.ts'
import { barrierLinear } from './algorithms/barrier-linear.ts'
import type { Channel } from './channel.ts'
import { select } from './select.ts'
import type { Algorithms } from './select.ts'

/** @param hosts the host of each rank, where that is known: on all ranks or on none */
export function barrier(channel: Channel, hosts?: readonly number[], algorithms?: Algorithms): Promise<void> {
  const facts = { size: channel.size, hosts: hosts === undefined ? 1 : new Set(hosts).size }
  switch (select('barrier', facts, algorithms)) {
    case 'leaders':
      return barrierLeaders(channel, hosts ?? [])
    case 'linear':
      return barrierLinear(channel)
    case 'dissemination':
      return barrierDissemination(channel)
  }
}
