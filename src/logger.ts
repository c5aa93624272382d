/**
 * Log lines of the library and the launcher: JSON, one a line, by pino, which is loaded when the first line is written.
 * Silent unless a level was asked for. Output of ranks never passes here.
 */
import { createRequire } from 'node:module'
import type { pino } from 'pino'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

type Level = Exclude<(typeof LEVELS)[number], 'silent'>

export type Logger = Readonly<Record<Level, (facts: Readonly<Record<string, unknown>>, message: string) => void>>

/**
 * Makes a logger.
 * @param level lines below it are dropped; `silent` or an unknown word: all
 * @param write takes whole lines
 */
export function createLogger(level: string, name: string, write: (line: string) => void): Logger {
  const threshold = LEVELS.findIndex((known) => known === level)
  let loaded: pino.Logger | undefined
  const load = (): pino.Logger => {
    const require = createRequire(import.meta.url)
    const { pino: create } = require('pino') as { pino: typeof pino }
    return create({ level, base: { name } }, { write })
  }
  const method = (own: Level) => {
    if (threshold === -1 || LEVELS.indexOf(own) < threshold) return () => {}
    return (facts: Readonly<Record<string, unknown>>, message: string) => (loaded ??= load())[own](facts, message)
  }
  return {
    trace: method('trace'),
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    fatal: method('fatal'),
  }
}
