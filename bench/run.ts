/** Runs one job of one contestant and takes what it measured. Knows processes; not why they run. */
import { spawn } from 'node:child_process'
import type { Contestant } from './contestant.ts'
import type { Work } from './plan.ts'
import { formatTasks, parseReports } from './programs/task.ts'

const JOB_LIMIT_MS = 300_000

export interface Sample {
  readonly work: Work
  readonly size: number
  readonly value: number
}

/**
 * Runs those of the works that the contestant plays in one job. Rejects when the job fails or leaves a size out.
 * @param works either all measured by their program, or one by the clock
 */
export async function runJob(works: readonly Work[], contestant: Contestant, ranks: number): Promise<Sample[]> {
  const played = warmedUp(works.filter((work) => contestant.plays(work, ranks)))
  if (played.length === 0) return []
  const command = contestant.command(played, ranks)
  const start = performance.now()
  const child = spawn(command.file, [...command.arguments, ...formatTasks(played)], {
    env: { ...process.env, ...command.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: JOB_LIMIT_MS,
  })
  let output = ''
  let complaints = ''
  let firstOutput = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') firstOutput = performance.now() - start
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const status = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(signal ?? `exit ${code}`))
  })
  const all = performance.now() - start
  if (status !== 'exit 0') throw new Error(`${status}: ${complaints.trim() || output.trim()}`)
  const reports = parseReports(output)
  const clock = new Map([
    [0, firstOutput / 1000],
    [1, all / 1000],
  ])
  return played.flatMap((work) =>
    work.points.map(({ size }) => {
      const value = (work.measure === 'clock' ? clock : reports.get(work.name))?.get(size) ?? Number.NaN
      if (!Number.isFinite(value))
        throw new Error(`no result for ${work.name} of size ${size}: ${complaints.trim() || output.trim()}`)
      return { work, size, value }
    }),
  )
}

/** The first point of a work warms up what the work needs. */
function warmedUp(works: readonly Work[]): Work[] {
  return works.map((work) => {
    const [first, ...others] = work.points
    if (first === undefined) return work
    return { ...work, points: [{ ...first, warmup: Math.max(first.warmup, work.firstWarmup) }, ...others] }
  })
}
