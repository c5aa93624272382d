/**
 * Texts that name hosts: hostfiles in Open MPI's and MPICH's grammars, and the list of `--host`, both with Slurm's
 * ranges as `n[001-003,7]`. Pure. Names go into command lines later, so what a shell or ssh could take for something
 * else is refused here.
 */
import { isIPv6 } from 'node:net'
import { MAXIMUM_RANKS } from './option-table.ts'
import { UsageError } from './usage-error.ts'

const LONGEST_NAME = 253

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
  for (const word of splitOutsideBrackets(text)) addAll(entries, [word.trim()], `--host ${shorten(text)}`)
  return mergeHosts(entries)
}

/**
 * Reads a list of names as schedulers write it: `n[001-003,7],m4`.
 * @param source how messages call it
 * @throws {UsageError}
 */
export function parseNodeList(text: string, source: string): string[] {
  const fail = (problem: string): never => {
    throw new UsageError(`${source}: ${problem}`)
  }
  if (!/^[^[\]]*(?:\[[^[\]]*\][^[\]]*)*$/.test(text)) fail(`${shorten(text)}: a bracket has no partner`)
  const names: string[] = []
  for (const word of splitOutsideBrackets(text)) for (const name of expandName(word.trim(), fail)) names.push(name)
  if (names.length > MAXIMUM_RANKS) fail(`more than ${MAXIMUM_RANKS} hosts`)
  return names
}

function addAll(entries: HostEntry[], words: readonly string[], where: string): void {
  for (const entry of parseWords(words, where)) entries.push(entry)
  if (entries.length > MAXIMUM_RANKS) throw new UsageError(`${where}: more than ${MAXIMUM_RANKS} hosts`)
}

/** Commas within brackets divide ranges, the others hosts. */
function splitOutsideBrackets(text: string): string[] {
  const words: string[] = []
  let start = 0
  let isInside = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '[') isInside = true
    else if (character === ']') isInside = false
    else if (character === ',' && !isInside) {
      words.push(text.slice(start, i))
      start = i + 1
    }
  }
  words.push(text.slice(start))
  return words
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
  if (name.startsWith('[')) {
    const address = name.slice(1, -1)
    return isIPv6(address) ? [address] : fail(`${shorten(name)} is not an IPv6 address in brackets`)
  }
  const names = expandRanges(name, fail)
  for (const expanded of names)
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(expanded))
      fail(`${shorten(expanded)} is not a host name: letters, digits, ".", "_" and "-", a letter or digit first`)
  return names
}

/** `gpu[1-2]-[01,04]` → gpu1-01, gpu1-04, gpu2-01, gpu2-04; digits keep the width of the range's first number. */
function expandRanges(text: string, fail: (problem: string) => never): string[] {
  let names = ['']
  let plain = ''
  for (const [, before = '', list] of text.matchAll(/([^[]*)(?:\[([^\]]*)\])?/gs)) {
    const numbers = list === undefined ? [''] : expandList(list, text, fail)
    plain += before
    if (plain.length > LONGEST_NAME) break
    if (numbers.length === 1) plain += numbers[0]
    else {
      if (names.length * numbers.length > MAXIMUM_RANKS) fail(`${shorten(text)}: more than ${MAXIMUM_RANKS} hosts`)
      const middle = plain
      names = names.flatMap((name) => numbers.map((number) => name + middle + number))
      plain = ''
    }
  }
  return plain === '' ? names : names.map((name) => name + plain)
}

/** `01-3,7` → 01, 02, 03, 7 */
function expandList(list: string, text: string, fail: (problem: string) => never): string[] {
  const numbers: string[] = []
  for (const range of list.split(',')) {
    const [, first = '', last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range) ?? []
    const size = Number(last) - Number(first) + 1
    if (first === '' || size < 1)
      fail(`${shorten(text)}: [${shorten(list)}] is not a list of numbers and ranges as 1-3,7`)
    if (numbers.length + size > MAXIMUM_RANKS) fail(`${shorten(text)}: more than ${MAXIMUM_RANKS} hosts`)
    for (let number = Number(first); number <= Number(last); number++)
      numbers.push(String(number).padStart(first.length, '0'))
  }
  return numbers
}

/** A user's word for a message, which stays one line of bearable length. */
function shorten(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
