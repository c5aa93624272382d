/** The command `zmpirun`: the one place that ends the process. */
import { readFileSync } from 'node:fs'
import { MpiError } from '../errors.ts'
import { launchJob } from './launch-job.ts'
import { thisMachine } from './machine.ts'
import { renderMap } from './mapping.ts'
import { parseCommandLine, type LaunchOptions } from './options.ts'
import { processTargets } from './output.ts'
import { planJob, type Plan } from './plan.ts'
import { listenToSignals } from './signals.ts'
import { UsageError } from './usage-error.ts'

const EXIT_CRASHED = 125
const EXIT_INTERRUPTED = 130

/** Runs `zmpirun` with the arguments of this process, and exits. */
export async function main(): Promise<void> {
  process.on('uncaughtException', crash)
  try {
    process.exit(await run(process.argv.slice(2)))
  } catch (error) {
    if (error instanceof UsageError) complain(error.message, error.exitStatus)
    if (error instanceof MpiError) complain(error.message, EXIT_CRASHED)
    crash(error)
  }
}

async function run(argv: readonly string[]): Promise<number> {
  const { env: environment } = process
  const command = parseCommandLine(argv, { environment, workingDirectory: process.cwd(), version: version() })
  if (command.type === 'print') return print(command.text)
  if (command.type === 'help') return print((await import('./help.ts')).helpText())
  const { options } = command
  const plan = planJob(options, thisMachine(), environment)
  const map = options.displayMap || options.dryRun ? describePlan(plan, options) : ''
  if (options.dryRun) return print(map)
  process.stderr.write(map)
  const request = { options, plan, environment, targets: processTargets(), input: process.stdin }
  const { exitCode } = await launchJob(
    options.stdin === 'none' ? { ...request, input: undefined } : request,
    (job) => void listenToSignals(job, () => process.exit(EXIT_INTERRUPTED)),
  )
  return exitCode
}

function describePlan({ placements, origin }: Plan, { applications }: LaunchOptions): string {
  return `${origin === undefined ? '' : `hosts: ${origin}\n`}${renderMap(placements, applications)}`
}

function print(text: string): Promise<number> {
  // Whoever closes the pipe early has read enough.
  process.stdout.on('error', () => {})
  return new Promise((resolve) => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`, () => resolve(0)))
}

function complain(message: string, status: number): never {
  process.stderr.write(`zmpirun: ${message}\n`)
  process.exit(status)
}

/** An error of the launcher itself: the reaper ends the ranks. */
function crash(error: unknown): never {
  const text = error instanceof Error ? error.stack : String(error)
  process.stderr.write(`zmpirun: this is a bug in zmpirun, please report it:\n${text}\n`)
  process.exit(EXIT_CRASHED)
}

function version(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
