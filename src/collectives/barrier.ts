/** Resolves when all ranks have entered. */
import { barrierDissemination } from './algorithms/barrier-dissemination.ts'
import { barrierLeaders } from './algorithms/barrier-leaders.ts'
import { barrierLinear } from './algorithms/barrier-linear.ts'
import { barrierShared } from './algorithms/barrier-shared.ts'
import type { Channel } from './channel.ts'
import { prefersShared, select } from './select.ts'
import type { Algorithms } from './select.ts'

/** @param hosts the host of each rank, where that is known: on all ranks or on none */
export function barrier(channel: Channel, hosts?: readonly number[], algorithms?: Algorithms): Promise<void> {
  const { size, assembly } = channel
  if (assembly !== undefined && prefersShared('barrier', algorithms)) {
    channel.next = () => barrierShared(channel, assembly)
    return barrierShared(channel, assembly)
  }
  const facts = { size, hosts: hosts === undefined ? 1 : new Set(hosts).size }
  switch (select('barrier', facts, algorithms)) {
    case 'leaders':
      return barrierLeaders(channel, hosts ?? [])
    case 'linear':
      return barrierLinear(channel)
    case 'shared':
    case 'dissemination':
      return barrierDissemination(channel)
  }
}
