/** What stands before each line of a rank: `[3] `, with a time `[3] 2026-01-31T12:00:00.000Z `. Pure. */
import type { Writable } from 'node:stream'

const NEWLINE = 0x0a

/** Foreground colours that can be read on light and on dark: cyan, green, yellow, magenta, blue and their bright forms. */
const COLOURS = [36, 32, 33, 35, 34, 96, 92, 93, 95, 94] as const

/** The label of a rank, never padded, so that `grep '^\[3\]'` finds it. */
export function formatLabel(rank: number, colour: boolean): string {
  return colour ? `\x1b[${COLOURS[rank % COLOURS.length]}m[${rank}]\x1b[39m ` : `[${rank}] `
}

/** Whether labels on `stream` are coloured: FORCE_COLOR and NO_COLOR decide, else whether a person looks. */
export function wantsColour(stream: Writable & { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  const forced = environment['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  if ((environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb') return false
  return stream.isTTY === true
}

/**
 * Puts `prefix` at the start of each line of `bytes`.
 * @param continues the first byte stands in the middle of a line that was begun before
 */
export function prefixLines(prefix: Buffer, bytes: Buffer, continues: boolean): Buffer {
  const starts = continues || bytes.length === 0 ? [] : [0]
  for (let at = bytes.indexOf(NEWLINE); at !== -1 && at + 1 < bytes.length; at = bytes.indexOf(NEWLINE, at + 1))
    starts.push(at + 1)
  const result = Buffer.allocUnsafe(bytes.length + starts.length * prefix.length)
  let from = 0
  let to = 0
  for (const start of starts) {
    to += bytes.copy(result, to, from, start)
    to += prefix.copy(result, to)
    from = start
  }
  bytes.copy(result, to, from)
  return result
}
