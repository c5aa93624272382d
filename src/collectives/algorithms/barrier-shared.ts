/**
 * Barrier in shared memory: every rank says on the board that it has entered, and looks until all have.
 *
 * For the ranks of one host. 1 step; each rank writes one line and reads p − 1.
 */
import { whenThere, type Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import { OVER } from '../over.ts'

export function barrierShared(channel: Channel, assembly: Assembly): Promise<void> {
  const met = assembly.meet(channel, undefined)
  return met === undefined ? part(channel, assembly) : whenThere(met, part, channel, assembly)
}

function part(_: Channel, assembly: Assembly): Promise<void> {
  assembly.takeAll()
  assembly.end()
  return OVER
}
