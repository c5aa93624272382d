/** Leaves out of a program that fails whatever it fails without. */
import type { Program, Step } from './program.ts'

/** @param fails whether this program still fails; the smallest found is returned */
export async function shrink(program: Program, fails: (program: Program) => Promise<boolean>): Promise<Program> {
  let smallest = program
  for (const candidate of candidates(program)) {
    const smaller = candidate(smallest)
    if (smaller !== undefined && (await fails(smaller))) smallest = smaller
  }
  return smallest
}

/** Ways to make it smaller, the greatest first. Steps keep their numbers: one that is left out waits for nothing. */
function candidates(program: Program): ((program: Program) => Program | undefined)[] {
  const tails = program.scripts.flatMap((script, rank) =>
    [0.25, 0.5, 0.75].map((part) => (from: Program) => withScript(from, rank, cut(Math.ceil(script.length * part)))),
  )
  const calls = program.groups.flatMap(({ calls: all }, comm) =>
    all.map((made, call) => (from: Program) => {
      if (made.makes.length > 0) return undefined
      const without = (step: Step, at: number): Step => (isCall(step, comm, call) ? nothing(at) : step)
      return { ...from, scripts: from.scripts.map((script) => script.map(without)) }
    }),
  )
  const steps = program.scripts.flatMap((script, rank) =>
    script.map((_, at) => (from: Program) => withScript(from, rank, leaveOut(at))),
  )
  return [...tails, ...calls, ...steps]
}

function isCall(step: Step, comm: number, call: number): boolean {
  return step.kind === 'collective' && step.comm === comm && step.call === call
}

function nothing(at: number): Step {
  return { kind: 'wait', step: at }
}

function cut(length: number) {
  return (script: readonly Step[]): readonly Step[] => script.slice(0, length)
}

function leaveOut(at: number) {
  return (script: readonly Step[]): readonly Step[] | undefined => {
    const step = script[at]
    const isNeeded = script.some(
      (other, place) =>
        place !== at &&
        ((other.kind === 'wait' && other.step === at) || (other.kind === 'receive' && other.probed === at)),
    )
    if (step === undefined || isNeeded || step.kind === 'collective' || step.kind === 'free') return undefined
    if (step.kind === 'wait' && step.step === at) return undefined
    return script.with(at, nothing(at))
  }
}

function withScript(
  program: Program,
  rank: number,
  change: (script: readonly Step[]) => readonly Step[] | undefined,
): Program | undefined {
  const script = change(program.scripts[rank] ?? [])
  return script === undefined ? undefined : { ...program, scripts: program.scripts.with(rank, script) }
}
