/** Runs a program as a real job, each rank a process, and judges what it has seen and how the job has ended. */
import { fileURLToPath } from 'node:url'
import { Run } from '../support/zmpirun.ts'
import { judge } from './model.ts'
import type { Report } from './over-memory.ts'
import type { Outcome, Program } from './program.ts'

export type TransportName = 'shm' | 'zmq' | 'auto'

/** Payloads on both sides of what goes whole through shared memory and through ZeroMQ. */
export const PROCESS_LENGTHS = [2, 3, 40, 1500, 16_000, 20_000, 270_000] as const

const RANK = fileURLToPath(new URL('rank.js', import.meta.url))
/** Milliseconds for a job: a hang is a failure. */
const LIMIT = 60_000
const DEADLOCK = 70
const STATUS = { SIGKILL: 137, exit: 3, throw: 1 } as const

/** Runs it and judges. Never rejects. That nothing is left of the job is checked by `Run`. */
export async function runOverProcesses(program: Program, transport: TransportName): Promise<Report> {
  const words = ['-n', String(program.scripts.length), '--label', '--transport', transport]
  try {
    const run = new Run([...words, '--kill-grace', '2', RANK, JSON.stringify(program)], { timeout: LIMIT })
    const { code, stdout, stderr } = await run.ended
    return assess(program, read(program, stdout), code, stderr)
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error), isStuck: false }
  }
}

interface Seen {
  readonly traces: readonly ReadonlyMap<number, Outcome>[]
  /** Ranks that reached their end. */
  readonly over: number
  /** How a rank has died by its own hand. */
  readonly death: keyof typeof STATUS | undefined
}

function read(program: Program, stdout: string): Seen {
  const traces = program.scripts.map(() => new Map<number, Outcome>())
  let over = 0
  let death: keyof typeof STATUS | undefined = undefined
  for (const line of stdout.split('\n')) {
    const [, rank, text] = /^\[(\d+)\] (.*)$/.exec(line) ?? []
    if (rank === undefined || text === undefined) continue
    const said = JSON.parse(text) as 'over' | { step: number; outcome: Outcome }
    if (said === 'over') over++
    else if (said.outcome.kind === 'dies') {
      const step = program.scripts[Number(rank)]?.[said.step]
      if (step?.kind === 'die') death = step.how
      // Failures of what waits when the others go are the job's way to end.
    } else if (said.outcome.kind !== 'failed' || !isEnd(said.outcome.error))
      traces[Number(rank)]?.set(said.step, said.outcome)
  }
  return { traces, over, death }
}

function isEnd(error: string): boolean {
  return error === 'ERR_DEADLOCK' || error === 'ERR_RANK_FAILED' || error === 'ERR_RANK_EXITED'
}

function assess(program: Program, { traces, over, death }: Seen, code: number | null, stderr: string): Report {
  const { problem, stuck } = judge(program, traces, death === undefined)
  const isStuck = stuck.length > 0
  const expected = death !== undefined ? STATUS[death] : isStuck ? DEADLOCK : 0
  const wrong =
    problem ??
    (code === expected ? undefined : `it exited with ${code} instead of ${expected}`) ??
    (isStuck || death !== undefined || over === program.scripts.length ? undefined : `${over} ranks have ended`) ??
    (isStuck && death === undefined && !stderr.includes('deadlock') ? 'no deadlock was told' : undefined)
  return { problem: wrong === undefined ? undefined : `${wrong}\n${stderr}`, isStuck }
}
