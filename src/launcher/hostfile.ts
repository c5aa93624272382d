/**
 * Texts that name hosts: hostfiles in Open MPI's and MPICH's grammars, and the list of `--host`, both with Slurm's
 * ranges as `n[001-003,7]`. Pure.
 */
import { isIPv6 } from 'node:net'
import { expandHostName, expandNodeList, shorten, splitNodeList } from '../bootstrap/node-list.ts'
import { MAXIMUM_RANKS } from './option-table.ts'
import { UsageError } from './usage-error.ts'

export interface HostEntry {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly name: string
  readonly user: string | undefined
  /** undefined: as many as the host has cores. */
  readonly slots: number | undefined
  /** Never more ranks than this, whatever else is asked. */
  readonly maxSlots: number | undefined
}

/**
 * Reads a hostfile: one host a line, `#` begins a comment, a host that is named again adds its slots (1 where a line
 * gives none).
 * @param source how messages call the file
 * @throws {UsageError} with the number of the line
 */
export function parseHostfile(text: string, source: string): HostEntry[] {
  const entries: HostEntry[] = []
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  for (const [index, line] of lines.entries()) {
    const words = line.replace(/#.*$/s, '').trim().split(/\s+/)
    if (words[0] !== '') addAll(entries, words, `${source}:${index + 1}`)
  }
  if (entries.length === 0) throw new UsageError(`${source}: names no host`)
  return mergeHosts(entries)
}

/**
 * Reads the value of `--host`: `h1:2,user@h2,[fe80::1]:4,n[1-3]:2`.
 * @throws {UsageError}
 */
export function parseHostList(text: string): HostEntry[] {
  const entries: HostEntry[] = []
  for (const word of splitNodeList(text)) addAll(entries, [word.trim()], `--host ${shorten(text)}`)
  return mergeHosts(entries)
}

/**
 * Reads a list of names as schedulers write it: `n[001-003,7],m4`.
 * @param source how messages call it
 * @throws {UsageError}
 */
export function parseNodeList(text: string, source: string): string[] {
  return expandNodeList(text, MAXIMUM_RANKS, (problem) => {
    throw new UsageError(`${source}: ${problem}`)
  })
}

function addAll(entries: HostEntry[], words: readonly string[], where: string): void {
  for (const entry of parseWords(words, where)) entries.push(entry)
  if (entries.length > MAXIMUM_RANKS) throw new UsageError(`${where}: more than ${MAXIMUM_RANKS} hosts`)
}

/** Joins the entries of each host, in order of first mention. */
export function mergeHosts(entries: readonly HostEntry[]): HostEntry[] {
  const hosts = new Map<string, HostEntry>()
  for (const entry of entries) {
    const key = `${entry.user ?? ''}@${entry.name.toLowerCase()}`
    const first = hosts.get(key)
    const bounded = first?.maxSlots !== undefined && entry.maxSlots !== undefined
    hosts.set(
      key,
      first === undefined
        ? entry
        : {
            ...first,
            slots: (first.slots ?? 1) + (entry.slots ?? 1),
            maxSlots: bounded ? (first.maxSlots ?? 0) + (entry.maxSlots ?? 0) : undefined,
          },
    )
  }
  return [...hosts.values()]
}

function parseWords([host = '', ...settings]: readonly string[], where: string): HostEntry[] {
  const fail = (problem: string): never => {
    throw new UsageError(`${where}: ${problem}`)
  }
  const parts = /^(?:([^@]*)@)?(\[[^\]]*\]|[^:[\]]*(?:\[[^\]]*\][^:[\]]*)*)(?::([^:]*))?$/s.exec(host)
  if (parts === null)
    return fail(`${shorten(host)} is not a host: legal are name, name:SLOTS, user@name and [IPv6]:SLOTS`)
  let [, user, name = '', slots]: (string | undefined)[] = parts
  let maxSlots: string | undefined
  for (const setting of settings) {
    const [, key, value] = /^([^=]*)=(.*)$/s.exec(setting) ?? []
    if (key === 'slots' && slots === undefined) slots = value
    else if ((key === 'max_slots' || key === 'max-slots') && maxSlots === undefined) maxSlots = value
    else if (key === 'user' && user === undefined) user = value
    else if (key === 'slots' || key === 'max_slots' || key === 'max-slots' || key === 'user')
      fail(`${key} is given twice`)
    else fail(`${shorten(setting)} is not known: legal are slots=N, max_slots=N and user=NAME`)
  }
  const count = (key: string, value: string | undefined): number | undefined => {
    if (value === undefined) return undefined
    if (!/^\d+$/.test(value) || Number(value) < 1 || Number(value) > MAXIMUM_RANKS)
      fail(`${key} ${shorten(value)}: must be a whole number from 1 to ${MAXIMUM_RANKS}`)
    return Number(value)
  }
  const entry = { user, slots: count('slots', slots), maxSlots: count('max_slots', maxSlots) }
  if (entry.maxSlots !== undefined && entry.maxSlots < (entry.slots ?? 1))
    fail(`max_slots ${entry.maxSlots} is less than slots ${entry.slots ?? 1}`)
  if (user !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(user))
    fail(`${shorten(user)} is not a user name`)
  return expandName(name, fail).map((expanded) => ({ name: expanded, ...entry }))
}

function expandName(name: string, fail: (problem: string) => never): string[] {
  if (!name.startsWith('[')) return expandHostName(name, MAXIMUM_RANKS, fail)
  const address = name.slice(1, -1)
  return isIPv6(address) ? [address] : fail(`${shorten(name)} is not an IPv6 address in brackets`)
}
