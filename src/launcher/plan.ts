/** From options to a job that can be started: hosts found, ranks placed, programs resolved. Starts nothing. */
import { readFileSync } from 'node:fs'
import { findAllocation, selectHosts } from './allocation.ts'
import { parseHostfile, parseHostList, type HostEntry } from './hostfile.ts'
import { resolveHosts, type Machine } from './machine.ts'
import { judge, type Demand } from './limits.ts'
import { map, type Mapping } from './mapping.ts'
import type { LaunchOptions } from './options.ts'
import { isNode, resolveProgram, type ResolvedProgram } from './program.ts'
import { UsageError } from './usage-error.ts'

export interface Plan extends Mapping {
  /** Index: application. */
  readonly programs: readonly ResolvedProgram[]
  /** How other hosts are reached. */
  readonly launcher: NonNullable<LaunchOptions['launcher']>
  /** Who named the hosts; undefined: the user, or nobody. */
  readonly origin: string | undefined
}

/** Hosts as somebody names them; without entries, this machine. */
interface Choice extends Pick<Plan, 'launcher' | 'origin'> {
  readonly entries: readonly HostEntry[] | undefined
  /** What they call this machine. */
  readonly ownName: string | undefined
}

/**
 * Plans a job on `machine`.
 * @throws {UsageError} for anything that would keep the job from starting
 */
export function planJob(options: LaunchOptions, machine: Machine, environment: NodeJS.ProcessEnv): Plan {
  const { entries, ownName = machine.name, launcher, origin } = chooseHosts(options, environment)
  const hosts = resolveHosts(entries, { ...machine, name: ownName })
  const mapping = map(options.applications, hosts, options, origin)
  const size = mapping.placements.length
  if (options.transport === 'shm' && new Set(mapping.placements.map(({ host }) => host)).size > 1)
    throw new UsageError('--transport shm: the ranks are on several hosts, which share no memory')
  if (typeof options.stdin === 'number' && options.stdin >= size)
    throw new UsageError(`--stdin ${options.stdin}: must be a rank from 0 to ${size - 1}, all or none`)
  const programs = options.applications.map((application) => resolveProgram(application, environment))
  const here = mapping.placements.filter(({ host }) => host.isLocal)
  const near = here.length
  const demand: Demand = {
    near,
    ofNode: here.filter(({ application }) => isNode(programs[application])).length,
    far: size - near,
    readers: options.stdin === 'all' ? near : 1,
    hasFiles: options.outputDirectory !== undefined,
    sharesMemory: options.transport !== 'zmq',
  }
  const { refusal, warning } = judge(demand, machine.limits)
  if (refusal !== undefined) throw new UsageError(refusal)
  const warnings = warning === undefined ? mapping.warnings : [...mapping.warnings, warning]
  return { ...mapping, warnings, programs, launcher, origin }
}

/**
 * What the user names goes before the allocation of a scheduler, that before this machine. Slurm reaches only what it has
 * allocated: there the user chooses a part of it.
 */
function chooseHosts(options: LaunchOptions, environment: NodeJS.ProcessEnv): Choice {
  const named = readEntries(options, environment)
  const wanted = options.launcher
  const isFree = wanted === 'local' || (wanted === 'ssh' && named !== undefined)
  const allocation = isFree ? undefined : findAllocation(environment, readText)
  if (wanted === 'slurm' && allocation?.launcher !== 'slurm')
    throw new UsageError('--launcher slurm: this is no job of Slurm; get one first: salloc -n 4 zmpirun … (or sbatch)')
  const launcher = wanted ?? (allocation?.launcher === 'slurm' ? 'slurm' : 'ssh')
  const ownName = allocation?.ownName
  if (named === undefined) return { entries: allocation?.hosts, ownName, launcher, origin: allocation?.name }
  if (launcher !== 'slurm' || allocation === undefined)
    return { entries: named, ownName: undefined, launcher, origin: undefined }
  return { entries: selectHosts(allocation, named), ownName, launcher, origin: `a part of ${allocation.name}` }
}

function readEntries({ hosts, hostfile }: LaunchOptions, environment: NodeJS.ProcessEnv): HostEntry[] | undefined {
  if (hosts !== undefined) return parseHostList(hosts)
  const file = hostfile ?? environment['ZMPI_HOSTFILE']
  if (file === undefined || file === '') return undefined
  return parseHostfile(readText(file, hostfile === undefined ? 'ZMPI_HOSTFILE' : '--hostfile'), file)
}

function readText(file: string, origin: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${origin} ${file}: ${reason(error)}`)
  }
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EISDIR') return 'is a directory'
  if (code === 'EACCES') return 'cannot be read: permission denied'
  return error instanceof Error ? error.message : String(error)
}
