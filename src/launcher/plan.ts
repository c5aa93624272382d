/** From options to a job that can be started: hosts found, ranks placed, programs resolved. Starts nothing. */
import { readFileSync } from 'node:fs'
import { parseHostfile, parseHostList, type HostEntry } from './hostfile.ts'
import { resolveHosts, type Machine } from './machine.ts'
import { map, type Mapping } from './mapping.ts'
import type { LaunchOptions } from './options.ts'
import { resolveProgram, type ResolvedProgram } from './program.ts'
import { UsageError } from './usage-error.ts'

export interface Plan extends Mapping {
  /** Index: application. */
  readonly programs: readonly ResolvedProgram[]
}

/**
 * Plans a job on `machine`.
 * @throws {UsageError} for anything that would keep the job from starting
 */
export function planJob(options: LaunchOptions, machine: Machine, environment: NodeJS.ProcessEnv): Plan {
  if (options.launcher === 'slurm')
    throw new UsageError('--launcher slurm: this version of zmpirun reaches other hosts by ssh only')
  const hosts = resolveHosts(readEntries(options, environment), machine)
  const mapping = map(options.applications, hosts, options)
  const size = mapping.placements.length
  if (options.transport === 'shm' && new Set(mapping.placements.map(({ host }) => host)).size > 1)
    throw new UsageError('--transport shm: the ranks are on several hosts, which share no memory')
  if (typeof options.stdin === 'number' && options.stdin >= size)
    throw new UsageError(`--stdin ${options.stdin}: must be a rank from 0 to ${size - 1}, all or none`)
  return { ...mapping, programs: options.applications.map((application) => resolveProgram(application, environment)) }
}

function readEntries({ hosts, hostfile }: LaunchOptions, environment: NodeJS.ProcessEnv): HostEntry[] | undefined {
  if (hosts !== undefined) return parseHostList(hosts)
  const file = hostfile ?? environment['ZMPI_HOSTFILE']
  if (file === undefined || file === '') return undefined
  try {
    return parseHostfile(readFileSync(file, 'utf8'), file)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const origin = hostfile === undefined ? 'ZMPI_HOSTFILE' : '--hostfile'
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
