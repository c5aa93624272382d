/** What everybody is doing, as a table: ranks that do the same are one row. Pure. */
import type { RankState } from '../../bootstrap/rank-state.ts'
import { countText, rangesText } from './ranks-text.ts'

/** One rank at one moment. */
export interface Activity {
  readonly rank: number
  readonly host: string
  /** `computing`, `waits in receive(source 1, tag 5)`. */
  readonly what: string
  /** `ring.ts:12` */
  readonly site: string | undefined
  /** Since when; undefined: unknown. */
  readonly seconds: number | undefined
}

interface Row {
  readonly ranks: number[]
  readonly hosts: Set<string>
  readonly whats: Set<string>
  readonly site: string | undefined
  seconds: number | undefined
}

/** Most rows that are shown. */
const MOST_ROWS = 32

/** Names that Node has for what a program waits for. */
const WORDS: readonly (readonly [pattern: RegExp, word: string])[] = [
  [/^(Timeout|Immediate)$/, 'timers'],
  [/Server/, 'a server'],
  [/TCP|UDP|TLS|HTTP|GetAddrInfo|DNS|Query/i, 'the network'],
  [/^Process/, 'child processes'],
  [/^(FSReq|FSEvent|StatWatcher|FileHandle)/, 'files'],
  [/^MessagePort$/, 'message ports'],
  [/^Inspector$/, 'a debugger'],
]

/** What a rank that has answered is doing. */
export function stateText({ phase, operations, more, resources }: RankState): {
  what: string
  site: string | undefined
} {
  const [first] = operations
  const rest = operations.length + more - 1
  const also = rest > 0 ? ` and ${countText(rest, 'more operation')}` : ''
  if (phase === 'elsewhere' || first === undefined) {
    const words = new Set(resources.map((name) => WORDS.find(([pattern]) => pattern.test(name))?.[1] ?? name))
    if (phase === 'ending') return { what: 'ends, others are to answer', site: undefined }
    return {
      what: words.size === 0 ? 'runs, does not communicate' : `waits for ${[...words].join(', ')}`,
      site: undefined,
    }
  }
  return phase === 'ending'
    ? { what: `ends, not received: ${first.text}${also}`, site: first.site }
    : { what: `waits in ${first.text}${also}`, site: first.site }
}

/** Lines of equal columns, without indentation. */
export function activityTable(activities: readonly Activity[]): string[] {
  const rows = merge(activities)
  const cells = rows
    .slice(0, MOST_ROWS)
    .map(({ ranks, hosts, whats, site, seconds }) => [
      rangesText(ranks),
      hosts.size === 1 ? [...hosts].join('') : `${hosts.size} hosts`,
      wordsFor([...whats]),
      seconds === undefined ? '' : `${seconds.toFixed(1)} s`,
      site ?? '',
    ])
  const lines = columns([['rank', 'host', 'state', 'for', 'at'], ...cells])
  const left = rows.slice(MOST_ROWS).flatMap(({ ranks }) => ranks)
  return left.length === 0 ? lines : [...lines, `… and ${countText(left.length, 'rank')} more`]
}

/** Activities of the same kind: what differs only in the rank at the other end is the same. */
export function merge(activities: readonly Activity[]): Row[] {
  const rows = new Map<string, Row>()
  for (const { rank, host, what, site, seconds } of activities) {
    const key = `${what.replaceAll(PEER, '$1')} at ${site}`
    const row = rows.get(key) ?? { ranks: [], hosts: new Set<string>(), whats: new Set<string>(), site, seconds }
    row.ranks.push(rank)
    row.hosts.add(host)
    row.whats.add(what)
    if (seconds !== undefined) row.seconds = Math.max(row.seconds ?? 0, seconds)
    rows.set(key, row)
  }
  return [...rows.values()]
}

const PEER = /\b(source|destination) (\d+)/g

/** One text for texts that differ in the rank at the other end: `receive(source 0–7, tag 1)`. */
export function wordsFor(whats: readonly string[]): string {
  const [first = ''] = whats
  if (whats.length === 1) return first
  const numbers = whats.flatMap((what) => [...what.matchAll(PEER)].slice(0, 1).map((match) => Number(match[2])))
  let isFirst = true
  return first.replaceAll(PEER, (_, word: string) => {
    const text = isFirst ? `${word} ${rangesText(numbers)}` : `${word} …`
    isFirst = false
    return text
  })
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
