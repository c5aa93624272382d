/** Joins the parts: a checked command becomes a job, with its directory here and an agent for each host. */
import type { Readable } from 'node:stream'
import { randomInt } from 'node:crypto'
import { MpiError } from '../errors.ts'
import { createLogger, type Logger } from '../logger.ts'
import type { Agent, AgentEvents, RankStart } from './agent.ts'
import type { Network } from '../bootstrap/control.ts'
import { createSegment } from '../transport/shared-memory/segment.ts'
import { boundCommand, hasTaskset, programCommand } from './command.ts'
import { createJobDirectory, removeJobDirectory } from './job-directory.ts'
import { Job, type JobResult } from './job.ts'
import { LocalAgent, type JobFacts } from './local-agent.ts'
import type { Placement } from './mapping.ts'
import type { LaunchOptions } from './options.ts'
import { Output, outputStyle, type OutputTargets } from './output.ts'
import type { Plan } from './plan.ts'
import { receivesStdin } from './stdin.ts'

export interface LaunchRequest {
  readonly options: LaunchOptions
  readonly plan: Plan
  /** What ranks inherit. */
  readonly environment: NodeJS.ProcessEnv
  readonly targets: OutputTargets
  readonly input: Readable | undefined
  /** See JobRequest; for tests. */
  readonly stoppedAfter?: number
}

/** Starts the ranks. `onJob` gets the job as soon as it can be interrupted. */
export async function launchJob(request: LaunchRequest, onJob: (job: Job) => void): Promise<JobResult> {
  const { options, plan, environment, targets, input } = request
  const size = plan.placements.length
  let job: Job | undefined
  const output = new Output(targets, outputStyle(options, size, targets, environment), (broken) =>
    job?.outputBroken(broken),
  )
  const log = createLogger(options.logLevel, 'zmpirun', (line) => output.notice(line))
  const binds = options.bindTo === 'core' && hasTaskset(environment)
  const warnings = [...plan.warnings]
  if (options.bindTo === 'core' && !binds)
    warnings.push('--bind-to core needs taskset (util-linux), which is not in PATH: ranks are not bound')
  const here = plan.placements.filter(({ host }) => host.isLocal).length
  if (options.insecure && here < size)
    warnings.push(
      '--insecure: what goes over the network is not encrypted, and anybody there may take part in this job',
    )
  for (const warning of warnings) output.notice(`zmpirun: warning: ${warning}`)
  const directory = createJobDirectory()
  const number = randomInt(1, 2 ** 31)
  const segment = here > 1 && options.transport !== 'zmq' ? createSegment(here, number) : 'not wanted'
  try {
    if (typeof segment === 'string' && here > 1 && options.transport === 'shm')
      throw new MpiError('ERR_LAUNCH', segment)
    const facts = {
      job: number,
      size,
      transport: options.transport,
      logLevel: options.logLevel,
      directory,
      segment: typeof segment === 'string' ? '' : segment.path,
    }
    log.info(
      { ...facts, ...(plan.origin === undefined ? {} : { hosts: plan.origin, launcher: plan.launcher }) },
      'job starts',
    )
    if (typeof segment === 'string') log.info({ reason: segment }, 'ranks share no memory')
    const commands = plan.programs.map((program, index) =>
      programCommand(program, options.applications[index]?.arguments ?? [], directory),
    )
    const ranks = plan.placements.map((placement) => rankStart(request, placement, commands, binds))
    const createLocal = (network: Network | undefined, events: AgentEvents) =>
      new LocalAgent({ ...facts, network }, events)
    const createAgent =
      here === size ? createLocal.bind(undefined, undefined) : await fleet(request, facts, createLocal, log)
    const { stoppedAfter } = request
    const asked = { options, ranks, output, input, log, ...(stoppedAfter === undefined ? {} : { stoppedAfter }) }
    job = new Job(asked, createAgent)
    onJob(job)
    return await job.run()
  } finally {
    if (typeof segment !== 'string') segment.close()
    removeJobDirectory(directory)
  }
}

/** The agents of several hosts. What they need is loaded only now. */
async function fleet(
  { options, plan, environment }: LaunchRequest,
  { job, size, transport, logLevel, directory }: Omit<JobFacts, 'network'>,
  createLocal: (network: Network | undefined, events: AgentEvents) => Agent,
  log: Logger,
): Promise<(events: AgentEvents) => Agent> {
  const { Fleet } = await import('./remote/fleet.ts')
  const { createStarter } = await import('./remote/start-options.ts')
  const { forwardedEnvironment } = await import('./remote/environment.ts')
  const forwarded = forwardedEnvironment(environment)
  const applications = options.applications.map((application, index) => ({
    program: plan.programs[index]?.path ?? application.program,
    arguments: application.arguments,
    environment: { ...forwarded, ...application.environment },
    workingDirectory: application.workingDirectory,
  }))
  const { bindTo, interface: wanted, lease, insecure: isInsecure } = options
  const script = { job, size, transport, logLevel, bindTo, interface: wanted, applications }
  const { starter, startLimit } = createStarter(plan.launcher, options, environment)
  return (events) => new Fleet({ starter, startLimit, script, isInsecure, lease, directory, createLocal, log }, events)
}

function rankStart(
  { options, environment }: LaunchRequest,
  placement: Placement,
  commands: readonly (readonly string[])[],
  binds: boolean,
): RankStart {
  const application = options.applications[placement.application]
  const command = commands[placement.application]
  if (application === undefined || command === undefined) throw new Error('bug: a rank without program')
  const { isLocal } = placement.host
  return {
    placement,
    command: boundCommand(command, binds && isLocal ? placement.core : undefined),
    environment: { ...environment, ...application.environment },
    workingDirectory: application.workingDirectory,
    hasInput: receivesStdin(options.stdin, placement.rank),
  }
}
