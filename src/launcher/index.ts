/** `zmpi/launch`: start a job from a program or a test. */
import { PassThrough, Readable, Writable } from 'node:stream'
import { MpiError } from '../errors.ts'
import type { JobResult } from './job.ts'
import { launchJob } from './launch-job.ts'
import { thisMachine } from './machine.ts'
import { MAXIMUM_RANKS } from './option-table.ts'
import type { Application, LaunchOptions } from './options.ts'
import { processTargets, type OutputTargets } from './output.ts'
import { planJob } from './plan.ts'
import type { RankResult } from './rank-record.ts'
import { listenToSignals } from './signals.ts'
import { UsageError } from './usage-error.ts'

export type { RankResult } from './rank-record.ts'
export { MpiError } from '../errors.ts'

/** What the command line's options of the same names mean. */
type JobOptions = Pick<
  LaunchOptions,
  'bindTo' | 'hostfile' | 'hosts' | 'killGrace' | 'label' | 'logLevel' | 'mapBy' | 'outputDirectory' | 'oversubscribe'
> &
  Pick<
    LaunchOptions,
    | 'ranksPerHost'
    | 'strict'
    | 'timeout'
    | 'timestamp'
    | 'transport'
    | 'interface'
    | 'launcher'
    | 'lease'
    | 'insecure'
    | 'sshArguments'
  >

/** A job to be started. */
export interface LaunchSettings extends Partial<JobOptions> {
  /** A script (`.js .mjs .cjs .ts .mts .cts`), else an executable; a relative path starts from `workingDirectory`. */
  readonly program: string
  readonly arguments?: readonly string[]
  /** @default one for each core */
  readonly ranks?: number
  /** Added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>
  /** @default this process's own */
  readonly workingDirectory?: string
  /** What the rank `stdin` reads. @default nothing */
  readonly input?: string | Uint8Array | Readable
  /** Who reads `input`. @default 0 */
  readonly stdin?: number | 'all'
  /** Whether output is returned, or goes to this process's stdout and stderr. @default 'capture' */
  readonly output?: 'capture' | 'inherit'
  /** Ends the job: SIGTERM, `killGrace` seconds, SIGKILL. */
  readonly signal?: AbortSignal
  /** While the job runs, SIGINT, SIGTERM and SIGHUP of this process end it, as they end zmpirun. @default false */
  readonly handleSignals?: boolean
}

/** How a job ended. */
export interface LaunchResult {
  /** As zmpirun exits: 0 when all ranks ended with 0. */
  readonly exitCode: number
  /** Output of all ranks, in whole lines; empty when it was inherited. */
  readonly stdout: string
  /** The same for stderr, with the launcher's own lines. */
  readonly stderr: string
  /** Index: rank. */
  readonly ranks: readonly RankResult[]
}

const DEFAULTS = {
  ranksPerHost: undefined,
  hosts: undefined,
  hostfile: undefined,
  mapBy: 'slot',
  bindTo: 'none',
  oversubscribe: false,
  label: undefined,
  timestamp: false,
  outputDirectory: undefined,
  timeout: undefined,
  strict: false,
  killGrace: 5,
  transport: 'auto',
  interface: undefined,
  launcher: undefined,
  lease: 5,
  insecure: false,
  sshArguments: undefined,
  logLevel: 'warn',
} as const satisfies JobOptions

/**
 * Runs a job to its end. Several may run at once. No process-wide handler is installed unless `handleSignals` asks.
 *
 * Resolves when nothing is left of the job, however its ranks ended. Rejects with a TypeError or RangeError for a
 * setting that is not legal, with an MpiError ERR_LAUNCH when the job cannot be started (no such program, host …), both
 * before anything is started, and with the signal's reason when `signal` ended it.
 *
 * @example
 * const { exitCode, stdout } = await launch({ ranks: 4, program: 'ring.ts', timeout: 60 })
 */
export async function launch(settings: LaunchSettings): Promise<LaunchResult> {
  check(settings)
  const { signal, handleSignals = false, output = 'capture' } = settings
  signal?.throwIfAborted()
  const options = toOptions(settings)
  const captured = { stdout: new Capture(), stderr: new Capture() }
  const targets: OutputTargets = output === 'inherit' ? processTargets() : { ...captured, shared: false }
  const { environment, input } = { environment: process.env, input: toReadable(settings.input) }
  const cleanUp: (() => void)[] = []
  try {
    const plan = planJob(options, thisMachine(), environment)
    const result = await launchJob({ options, plan, environment, targets, input }, (job) => {
      if (handleSignals) cleanUp.push(listenToSignals(job, () => process.exit(130)))
      const abort = () => void job.interrupt('SIGTERM')
      signal?.addEventListener('abort', abort)
      if (signal?.aborted === true) abort()
      cleanUp.push(() => signal?.removeEventListener('abort', abort))
    })
    signal?.throwIfAborted()
    return toResult(result, captured)
  } catch (error) {
    throw error instanceof UsageError ? new MpiError('ERR_LAUNCH', error.message, { cause: error }) : error
  } finally {
    for (const undo of cleanUp) undo()
  }
}

/** Takes all that is written. */
class Capture extends Writable {
  readonly #chunks: Buffer[] = []

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk)
    done()
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString()
  }
}

function toResult({ exitCode, ranks }: JobResult, captured: { stdout: Capture; stderr: Capture }): LaunchResult {
  return { exitCode, stdout: captured.stdout.text, stderr: captured.stderr.text, ranks }
}

function toReadable(input: LaunchSettings['input']): Readable | undefined {
  if (input === undefined || input instanceof Readable) return input
  return new PassThrough().end(input)
}

function toOptions(settings: LaunchSettings): LaunchOptions {
  const given = Object.fromEntries(Object.keys(DEFAULTS).map((key) => [key, settings[key as keyof typeof DEFAULTS]]))
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const application: Application = {
    ranks: settings.ranks,
    program: settings.program,
    arguments: settings.arguments ?? [],
    environment: settings.environment ?? {},
    workingDirectory: settings.workingDirectory ?? process.cwd(),
  }
  return {
    ...DEFAULTS,
    ...(chosen as Partial<JobOptions>),
    applications: [application],
    stdin: settings.input === undefined ? 'none' : (settings.stdin ?? 0),
    displayMap: false,
    dryRun: false,
    verbose: false,
  }
}

function check({ program, ranks, ranksPerHost, timeout, killGrace, lease, ...rest }: LaunchSettings): void {
  if (program === '') throw new TypeError('program is empty; legal: a path')
  const words = Object.entries(rest.arguments ?? []).map(([index, word]) => [`arguments[${index}]`, word] as const)
  const variables = Object.entries(rest.environment ?? {}).map(([name, text]) => [`environment.${name}`, text] as const)
  for (const [name, text] of [['program', program] as const, ...words, ...variables]) checkText(name, text)
  for (const [name, count] of Object.entries({ ranks, ranksPerHost }))
    if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= MAXIMUM_RANKS))
      throw new RangeError(`${name} is ${count}; legal: a whole number from 1 to ${MAXIMUM_RANKS}`)
  if (lease !== undefined && !(lease >= 0.5)) throw new RangeError(`lease is ${lease}; legal: 0.5 seconds or more`)
  for (const [name, seconds] of Object.entries({ timeout, killGrace, lease }))
    if (seconds !== undefined && !(seconds >= 0 && seconds <= 2_147_483))
      throw new RangeError(`${name} is ${seconds}; legal: seconds from 0 to 2147483`)
}

/** Programs without types call this too. */
function checkText(name: string, text: unknown): void {
  if (typeof text !== 'string' || text.includes('\0'))
    throw new TypeError(`${name} is ${JSON.stringify(text)}; legal: a string without NUL`)
}
