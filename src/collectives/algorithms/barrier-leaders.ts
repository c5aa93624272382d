/**
 * Barrier by hosts (Kielmann et al.: MagPIe: MPI's collective communication operations for clustered wide area systems,
 * 1999): the ranks of a host report to their first one, the first ones of all hosts run a dissemination barrier, and
 * each releases its own.
 *
 * Any number of ranks, placed in any way. ⌈log₂ h⌉ steps between h hosts instead of up to ⌈log₂ p⌉.
 */
import { exchange } from '../channel.ts'
import type { Channel } from '../channel.ts'
import { dissemination } from '../patterns.ts'

const NOTHING = new Uint8Array(0)

/** @param hosts the host of each rank, as a number; the same on all ranks */
export async function barrierLeaders(channel: Channel, hosts: readonly number[]): Promise<void> {
  const { rank } = channel
  const own = hosts[rank]
  const [leader = rank, ...followers] = hosts.flatMap((host, member) => (host === own ? [member] : []))
  if (rank !== leader) {
    await channel.send(NOTHING, leader)
    await channel.receive(leader)
    return
  }
  await Promise.all(followers.map((member) => channel.receive(member)))
  const leaders = firstOfEach(hosts)
  const rankOf = (index: number): number => leaders[index] ?? rank
  for (const { destination, source } of dissemination(leaders.indexOf(rank), leaders.length))
    await exchange(channel, NOTHING, rankOf(destination), rankOf(source))
  await Promise.all(followers.map((member) => channel.send(NOTHING, member)))
}

function firstOfEach(hosts: readonly number[]): number[] {
  const first = new Map<number, number>()
  for (const [rank, host] of hosts.entries()) if (!first.has(host)) first.set(host, rank)
  return [...first.values()]
}
