/**
 * Where each rank runs. Pure: hosts and applications in, placements out.
 *
 * By slot a host is filled before the next one begins (ranks 0 1 | 2 3); by node ranks are dealt out in turn (0 2 | 1 3).
 */
import type { Application, LaunchOptions } from './options.ts'
import { MAXIMUM_RANKS } from './option-table.ts'
import { quoteForShell } from './shell-quote.ts'
import { UsageError } from './usage-error.ts'

export interface Host {
  readonly name: string
  readonly user: string | undefined
  readonly slots: number
  /** Never more ranks than this. */
  readonly maxSlots: number | undefined
  /** Numbers of the cores that may be used there. */
  readonly cores: readonly number[]
  readonly isLocal: boolean
}

export interface Placement {
  readonly rank: number
  /** Index into the applications of the command line. */
  readonly application: number
  readonly host: Host
  readonly localRank: number
  readonly localSize: number
  /** Core to which the rank is bound, or undefined. */
  readonly core: number | undefined
}

export interface Mapping {
  /** Index: rank. */
  readonly placements: readonly Placement[]
  /** Lines for the user. */
  readonly warnings: readonly string[]
}

export type MappingOptions = Pick<LaunchOptions, 'ranksPerHost' | 'mapBy' | 'bindTo' | 'oversubscribe'>

/**
 * Places the ranks of all applications. More ranks than slots are allowed when all hosts are local, with a warning, and
 * elsewhere with `oversubscribe`.
 * @param origin who has named the hosts, for messages
 * @throws {UsageError} naming both numbers when the ranks do not fit
 */
export function map(
  applications: readonly Application[],
  hosts: readonly Host[],
  options: MappingOptions,
  origin?: string,
): Mapping {
  const capacities = hosts.map((host) => Math.min(options.ranksPerHost ?? host.slots, host.maxSlots ?? MAXIMUM_RANKS))
  const application = applicationOfRanks(applications, sum(capacities))
  const counts = countPerHost(application.length, hosts, capacities, options, origin)
  const hostOfRank = options.mapBy === 'slot' ? fillInTurn(counts) : dealOut(counts)
  const localRanks = hosts.map(() => 0)
  const placements = hostOfRank.map((index, rank): Placement => {
    const host = hosts[index] as Host
    const localRank = localRanks[index] ?? 0
    localRanks[index] = localRank + 1
    const core = options.bindTo === 'core' ? host.cores[localRank % host.cores.length] : undefined
    return { rank, application: application[rank] ?? 0, host, localRank, localSize: counts[index] ?? 0, core }
  })
  const crowded = hosts.filter((host, index) => (counts[index] ?? 0) > host.slots)
  const warnings = options.oversubscribe
    ? []
    : crowded.map((host) => {
        const count = counts[hosts.indexOf(host)] ?? 0
        return `${count} ranks on ${slots(host.slots)} of ${host.name}: they take turns (--oversubscribe says that this is meant)`
      })
  return { placements, warnings }
}

/** The application of each rank. */
function applicationOfRanks(applications: readonly Application[], capacity: number): number[] {
  const all = applications.map(({ ranks, program }) => {
    if (ranks === undefined && applications.length > 1)
      throw new UsageError(`-n is missing for ${program}: with more than one program, each says its number of ranks`)
    return ranks ?? capacity
  })
  if (sum(all) > MAXIMUM_RANKS) throw new UsageError(`${sum(all)} ranks: at most ${MAXIMUM_RANKS} are allowed`)
  return all.flatMap((ranks, index) => Array.from({ length: ranks }, () => index))
}

/** How many ranks each host gets. */
function countPerHost(
  ranks: number,
  hosts: readonly Host[],
  capacities: readonly number[],
  { mapBy, oversubscribe, ranksPerHost }: MappingOptions,
  origin: string | undefined,
): number[] {
  const counts = hosts.map(() => 0)
  let left = ranks
  const place = (limits: readonly number[], dealt: boolean) => {
    for (let placed = left; left > 0 && placed > 0;) {
      placed = 0
      for (const [index, limit] of limits.entries()) {
        const taken = Math.min(dealt ? 1 : left, left, limit - (counts[index] ?? 0))
        counts[index] = (counts[index] ?? 0) + taken
        left -= taken
        placed += taken
      }
    }
  }
  place(capacities, mapBy === 'node')
  const crowded = hosts.some((host, index) => !host.isLocal && (counts[index] ?? 0) > host.slots)
  if (left === 0 && (oversubscribe || !crowded)) return counts
  const holders = hosts.length === 1 ? `${hosts[0]?.name} has` : `${hosts.length} hosts have`
  const excess = `${ranks} ranks, but ${origin === undefined ? '' : `in ${origin} `}${holders}`
  if (left > 0 && ranksPerHost !== undefined)
    throw new UsageError(`${excess} room for ${sum(capacities)} at --ppn ${ranksPerHost}: raise --ppn or lower -n`)
  if (!oversubscribe && !hosts.every((host) => host.isLocal))
    throw new UsageError(
      `${excess} ${slots(sum(hosts.map((host) => host.slots)))}: lower -n, or allow more ranks than slots by --oversubscribe`,
    )
  place(
    hosts.map((host) => host.maxSlots ?? MAXIMUM_RANKS),
    true,
  )
  if (left > 0) throw new UsageError(`${excess} room for ${ranks - left} at most (max_slots): lower -n`)
  return counts
}

function fillInTurn(counts: readonly number[]): number[] {
  return counts.flatMap((count, index) => Array.from({ length: count }, () => index))
}

function dealOut(counts: readonly number[]): number[] {
  const rounds = Array.from({ length: Math.max(...counts) }, (_, round) => round)
  return rounds.flatMap((round) => [...counts.keys()].filter((index) => round < (counts[index] ?? 0)))
}

/** The table of `--display-map` and `--dry-run`, a line for each rank. */
export function renderMap(placements: readonly Placement[], applications: readonly Application[]): string {
  const rows = placements.map(({ rank, host, core, application }) => {
    const { program, arguments: words } = applications[application] as Application
    return [
      String(rank),
      host.name,
      core === undefined ? 'any' : String(core),
      [program, ...words].map(quoteForShell).join(' '),
    ]
  })
  const table = [['rank', 'host', 'core', 'program'], ...rows]
  const widths = [0, 1, 2].map((column) => table.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0))
  return table.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`).join('')
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function slots(count: number): string {
  return count === 1 ? '1 slot' : `${count} slots`
}
