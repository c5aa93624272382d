/** Resolves when all ranks have entered. */
import { barrierDissemination } from './algorithms/barrier-dissemination.ts'
import { barrierLeaders } from './algorithms/barrier-leaders.ts'
import { barrierLinear } from './algorithms/barrier-linear.ts'
import { barrierShared } from './algorithms/barrier-shared.ts'
import { whenKnown } from './assembly.ts'
import type { Channel } from './channel.ts'
import { select } from './select.ts'
import type { Assembly } from './assembly.ts'
import type { Algorithms } from './select.ts'

/** @param hosts the host of each rank, where that is known: on all ranks or on none */
export function barrier(channel: Channel, hosts?: readonly number[], algorithms?: Algorithms): Promise<void> {
  return whenKnown(channel, () => run(channel, hosts, algorithms))
}

function run(channel: Channel, hosts?: readonly number[], algorithms?: Algorithms): Promise<void> {
  const { size, assembly } = channel
  const facts = { size, hosts: hosts === undefined ? 1 : new Set(hosts).size, shared: assembly !== undefined }
  switch (select('barrier', facts, algorithms)) {
    case 'shared':
      return barrierShared(channel, assembly as Assembly)
    case 'leaders':
      return barrierLeaders(channel, hosts ?? [])
    case 'linear':
      return barrierLinear(channel)
    case 'dissemination':
      return barrierDissemination(channel)
  }
}
