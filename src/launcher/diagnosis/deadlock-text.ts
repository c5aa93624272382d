/** What is said of a deadlock: likely cause, what each rank waits for, the cycle, what nobody received. Pure. */
import { merge, stateText, wordsFor } from './activity.ts'
import { likelyCauses } from './causes.ts'
import { countText, ranksText } from './ranks-text.ts'
import { findCycle, waitEdges, type States } from './wait-graph.ts'

/** Most lines of a kind, and most ranks of a cycle. */
const MOST_LINES = 24
const MOST_RANKS = 12

export interface DeadlockFacts {
  /** All ranks that are left, each blocked. */
  readonly states: States
  /** Ranks that have ended normally. */
  readonly ended: readonly number[]
}

/** The first line has no indentation. */
export function deadlockLines({ states, ended }: DeadlockFacts): string[] {
  const causes = likelyCauses(states, ended).map((cause) => `  likely cause: ${cause}`)
  const cycle = findCycle(waitEdges(states))
  const lying = [...states].flatMap(([rank, { unreceived }]) =>
    unreceived.map(
      ({ source, tag, communicator, messages }) =>
        `  rank ${rank} has not received: ${countText(messages, 'message')} from rank ${source} with tag ${tag} on ${communicator}`,
    ),
  )
  return [
    `deadlock: ${headline(states, ended)}`,
    ...causes,
    ...shortened(waitLines(states)),
    ...(cycle === undefined || cycle.length === 1 ? [] : [`  who waits for whom: ${cycleText(cycle)}`]),
    ...shortened(lying),
  ]
}

function headline({ size }: States, ended: readonly number[]): string {
  const gone = ended.length === 0 ? '' : `${ranksText(ended)} ${ended.length === 1 ? 'has' : 'have'} ended, `
  const all = size === 1 ? 'the last rank waits' : `${ended.length === 0 ? 'all' : 'the other'} ${size} ranks wait`
  return `${gone}${all} for messages, and none is on its way`
}

function waitLines(states: States): string[] {
  const waits = [...states].map(([rank, state]) => ({ rank, host: '', seconds: state.seconds, ...stateText(state) }))
  return merge(waits).map(({ ranks, whats, site, seconds }) => {
    const words = wordsFor([...whats])
    const text = ranks.length === 1 ? words : words.replace(/^waits/, 'wait').replace(/^ends/, 'end')
    return `  ${ranksText(ranks)} ${text}${site === undefined ? '' : ` at ${site}`}, for ${(seconds ?? 0).toFixed(1)} s`
  })
}

function cycleText(cycle: readonly number[]): string {
  const shown = cycle.length <= MOST_RANKS ? cycle : [...cycle.slice(0, MOST_RANKS - 1), '…', ...cycle.slice(-1)]
  return [...shown, ...cycle.slice(0, 1)].join(' → ')
}

function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= MOST_LINES
    ? lines
    : [...lines.slice(0, MOST_LINES), `  … and ${lines.length - MOST_LINES} lines more`]
}
