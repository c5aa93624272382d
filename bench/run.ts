/** Runs one job of one contestant and takes what it measured. Knows processes; not why they run. */
import { spawn } from 'node:child_process'
import type { Contestant } from './contestant.ts'
import type { Work } from './plan.ts'
import { formatTask, parseReports } from './programs/task.ts'

const JOB_LIMIT_MS = 300_000

/** By size; undefined when the contestant does not take part. Rejects when the job fails or leaves a size out. */
export async function runJob(
  work: Work,
  contestant: Contestant,
  ranks: number,
): Promise<Map<number, number> | undefined> {
  const task = { work: work.task, payload: work.payload, points: work.points }
  const command = contestant.command(task, ranks)
  if (command === undefined) return undefined
  const start = performance.now()
  const child = spawn(command.file, [...command.arguments, ...formatTask(task)], {
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
  const measured =
    work.measure === 'report'
      ? parseReports(output)
      : new Map([
          [0, firstOutput / 1000],
          [1, all / 1000],
        ])
  const missing = work.points.find(({ size }) => !Number.isFinite(measured.get(size)))
  if (missing !== undefined)
    throw new Error(`no result for size ${missing.size}: ${complaints.trim() || output.trim()}`)
  return measured
}
