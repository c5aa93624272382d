/** The ranks of a job as they come, until all are there; and then who is whose neighbour. Pure. */
import { version } from '../../version.ts'
import type { Newcomer } from './messages.ts'
import { PROTOCOL } from './messages.ts'

/** One rank among the others. */
export interface Seat {
  readonly newcomer: Newcomer
  readonly localRank: number
  /** World ranks on its host, in order. */
  readonly neighbours: readonly number[]
  /** The address of its host at which ranks of other hosts reach it; undefined when all are on one host. */
  readonly address: string | undefined
}

export class Gathering {
  readonly #size: number
  readonly #newcomers = new Map<number, Newcomer>()

  constructor(size: number) {
    this.#size = size
  }

  /** Takes a newcomer in, or says why not. */
  admit(newcomer: Newcomer): string | undefined {
    const { rank, size, protocol, version: theirs, instance, host, pid } = newcomer
    if (protocol !== PROTOCOL || theirs !== version)
      return `it has zmpi ${theirs}, rank 0 has zmpi ${version}: install the same version on all hosts`
    if (size !== this.#size || !(rank >= 0 && rank < size))
      return `it is rank ${rank} of ${size}, but rank 0 is one of ${this.#size}`
    const known = this.#newcomers.get(rank)
    if (known !== undefined && known.instance !== instance)
      return (
        `rank ${rank} is process ${known.pid} on ${known.host.name} already, this is process ${pid} on ${host.name}: ` +
        'has a rank started another program that uses zmpi?'
      )
    this.#newcomers.set(rank, newcomer)
    return undefined
  }

  get(rank: number): Newcomer | undefined {
    return this.#newcomers.get(rank)
  }

  get isComplete(): boolean {
    return this.#newcomers.size === this.#size
  }

  /** Who has not come. */
  get missing(): number[] {
    return Array.from({ length: this.#size }, (_, rank) => rank).filter((rank) => !this.#newcomers.has(rank))
  }

  /** When all have come, index: rank. */
  seats(): Seat[] {
    const newcomers = [...this.#newcomers.values()].toSorted((one, other) => one.rank - other.rank)
    const hosts = new Map<string, number[]>()
    for (const { host, rank } of newcomers) {
      const ranks = hosts.get(host.id)
      if (ranks === undefined) hosts.set(host.id, [rank])
      else ranks.push(rank)
    }
    const home = newcomers[0]?.host.id
    // The neighbours of the coordinator may have come by any of its addresses; the others by one that leads to it.
    const outside = newcomers.find(({ host }) => host.id !== home)
    return newcomers.map((newcomer) => {
      const neighbours = hosts.get(newcomer.host.id) ?? []
      const isAtHome = newcomer.host.id === home && !newcomer.isChosen
      const address = isAtHome ? hostOf(outside?.via ?? '') : newcomer.address
      return {
        newcomer,
        neighbours,
        localRank: neighbours.indexOf(newcomer.rank),
        address: outside === undefined ? undefined : address,
      }
    })
  }
}

/** The host of `tcp://host:port`, without the brackets of IPv6. */
export function hostOf(endpoint: string): string {
  return /^tcp:\/\/\[?([^\]]*?)\]?:\d+$/.exec(endpoint)?.[1] ?? ''
}
