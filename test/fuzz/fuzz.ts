/** Runs seeded cases against all targets. Case n of a seed is always the same, whatever was run before it. */
import { Random } from '../support/random.ts'
import { boards } from './boards.ts'
import { bodies, frames, headers } from './packets.ts'
import { rings } from './rings.ts'
import type { Target } from './target.ts'
import { commandLines, controlLines, hostfiles, hostLists } from './texts.ts'

export const TARGETS: readonly Target[] = [
  headers,
  frames,
  bodies,
  rings,
  boards,
  hostfiles,
  hostLists,
  commandLines,
  controlLines,
]

/** Milliseconds of a processor: a case that takes longer is as good as a hang. Most take some microseconds. */
const SLOW = 5000

export interface Failure {
  readonly case: number
  readonly target: string
  readonly reason: string
}

/** The target of a case, and its numbers. */
function choose(seed: number, number: number): { target: Target; random: Random } {
  const random = new Random((Math.imul(seed, 0x9e37_79b1) ^ Math.imul(number + 1, 0x85eb_ca6b)) >>> 0)
  let place = random.below(TARGETS.reduce((sum, { share }) => sum + share, 0))
  const target = TARGETS.find(({ share }) => (place -= share) < 0) as Target
  return { target, random }
}

/** Cases `from` to `from + count − 1`; the first failure, if there is one. */
export function fuzz(seed: number, from: number, count: number): Failure | undefined {
  for (let number = from; number < from + count; number++) {
    const { target, random } = choose(seed, number)
    const started = process.cpuUsage()
    let reason: string | undefined
    try {
      target.attack(random)
    } catch (error) {
      reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    }
    const { user, system } = process.cpuUsage(started)
    const milliseconds = (user + system) / 1000
    if (milliseconds > SLOW) reason ??= `it took ${Math.round(milliseconds)} ms`
    reason ??= pollution()
    if (reason !== undefined) return { case: number, target: target.name, reason }
  }
  return undefined
}

const PROTOTYPES: readonly (readonly [string, object])[] = [
  ['Object', Object.prototype],
  ['Array', Array.prototype],
  ['Map', Map.prototype],
  ['Set', Set.prototype],
  ['Error', Error.prototype],
  ['Function', Function.prototype],
]

/** What somebody has added to the language's own prototypes. */
function pollution(): string | undefined {
  for (const [name, prototype] of PROTOTYPES) for (const key in prototype) return `${name}.prototype has got ${key}`
  return undefined
}
