/** This machine, and which hosts of a list are it. */
import { readFileSync } from 'node:fs'
import { availableParallelism, hostname, networkInterfaces, userInfo } from 'node:os'
import { mergeHosts, type HostEntry } from './hostfile.ts'
import { readLimits, type Limits } from './limits.ts'
import type { Host } from './mapping.ts'

export interface Machine {
  readonly name: string
  readonly user: string
  readonly addresses: readonly string[]
  /** How many processes run at once. */
  readonly parallelism: number
  /** Numbers of the cores on which this process may run. */
  readonly cores: readonly number[]
  readonly limits: Limits
}

export function thisMachine(): Machine {
  const parallelism = availableParallelism()
  return {
    name: hostname(),
    user: userName(),
    addresses: Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)),
    parallelism,
    cores: allowedCores() ?? Array.from({ length: parallelism }, (_, core) => core),
    limits: readLimits(),
  }
}

/** The hosts of a job; without entries, this machine. It has a slot for each core, another one without a number has one. */
export function resolveHosts(entries: readonly HostEntry[] | undefined, machine: Machine): Host[] {
  const own = { name: machine.name, user: undefined, slots: undefined, maxSlots: undefined }
  const named = (entries ?? [own]).map((entry) =>
    isThisMachine(entry, machine) ? { ...entry, name: machine.name, user: undefined } : entry,
  )
  return mergeHosts(named).map((entry) => {
    const isLocal = entry.name === machine.name && entry.user === undefined
    const slots = entry.slots ?? (isLocal ? Math.min(machine.parallelism, entry.maxSlots ?? Infinity) : 1)
    return { ...entry, slots, cores: isLocal ? machine.cores : [], isLocal }
  })
}

function isThisMachine({ name, user }: HostEntry, machine: Machine): boolean {
  if (user !== undefined && user !== machine.user) return false
  const lower = name.toLowerCase()
  const own = machine.name.toLowerCase()
  return (
    lower === 'localhost' ||
    /^127(\.\d{1,3}){3}$/.test(lower) ||
    lower === '::1' ||
    lower === own ||
    lower === own.split('.')[0] ||
    machine.addresses.includes(lower)
  )
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A user id without a name, as containers have it.
    return ''
  }
}

/** From Linux's `Cpus_allowed_list: 0-3,8`; undefined elsewhere. */
function allowedCores(): number[] | undefined {
  try {
    const [, list] = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return list?.split(',').flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    })
  } catch {
    return undefined
  }
}
