import type { Seat } from '../../../../src/launcher/direct/gathering.ts'
import { PROTOCOL } from '../../../../src/launcher/direct/messages.ts'

/** Ranks on these hosts, index: rank. */
export function seatsOn(hosts: readonly string[]): Seat[] {
  const isSpread = new Set(hosts).size > 1
  return hosts.map((host, rank) => {
    const neighbours = hosts.flatMap((other, index) => (other === host ? [index] : []))
    const identity = {
      protocol: PROTOCOL,
      version: '',
      rank,
      size: hosts.length,
      instance: '',
      token: '',
      pid: 100 + rank,
    }
    return {
      newcomer: { ...identity, host: { name: host, id: host }, via: '', address: '', isChosen: false },
      localRank: neighbours.indexOf(rank),
      neighbours,
      address: isSpread ? `10.0.0.${hosts.indexOf(host) + 1}` : undefined,
    }
  })
}
