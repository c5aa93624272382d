/** What starters, login shells and agents have printed, and what of it concerns one host. Pure. */
import { cancellation, endOfTask, failedLaunch, isNoise } from './srun-command.ts'

/** Lines shown when none is known to be the cause. */
const LAST = 5

export interface Words {
  /** The cause alone, or the last lines of all. */
  readonly lines: readonly string[]
  /** It is said of this very host that it cannot be used, or all are ended. */
  readonly isBlamed: boolean
}

/** @param text all that one command has printed, which may have started the agents of several hosts */
export function wordsAbout(text: string, host: string): Words {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !isNoise(line))
  const accusations = lines.map(accusation).filter((found) => found !== undefined)
  const own = accusations.findLast((found) => found.host === host)
  if (own !== undefined) return { lines: [own.reason], isBlamed: true }
  const ended = lines.map(cancellation).find((reason) => reason !== undefined)
  const end = lines.map(endOfTask).find((found) => found?.node === host)
  const reason = ended ?? end?.reason
  // Where another host is accused, this one was ended for its sake.
  if (reason !== undefined && accusations.length === 0) return { lines: [reason], isBlamed: true }
  const words = lines.flatMap((line) => /^zmpi(?: on \S+)?: (.*)$/.exec(line)?.[1] ?? [])
  return { lines: words.length > 0 ? words.slice(-1) : lines.slice(-LAST), isBlamed: false }
}

/** A line that names a host and why it cannot be used. That an agent was ended by a signal has a cause elsewhere. */
function accusation(line: string): { readonly host: string; readonly reason: string } | undefined {
  const [, host, reason] = /^zmpi on (\S+): (?!was ended by SIG)(.*)$/.exec(line) ?? []
  if (host !== undefined && reason !== undefined) return { host, reason }
  const failed = failedLaunch(line)
  return failed && { host: failed.node, reason: failed.reason }
}
