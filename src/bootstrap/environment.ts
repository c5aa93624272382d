/**
 * What the launcher tells a rank through its environment: written by the agent, read by the rank, spelled only here.
 * Other launchers' variables are read in bootstrap/detect (more than one machine).
 */

export interface RankEnvironment {
  /** World rank, 0 … size−1. */
  readonly rank: number
  readonly size: number
  /** Number among the ranks of this host, and how many they are. */
  readonly localRank: number
  readonly localSize: number
  /** World ranks on this host, by local rank. */
  readonly neighbours: readonly number[]
  /** Random number of the job, in every packet header: 1 … 2^31−1. */
  readonly job: number
  /** Private directory of the job on this host (mode 0700): sockets, shared memory, cache. */
  readonly directory: string
  /** Inherited descriptor of the control channel (a socket pair) to the agent. */
  readonly controlFd: number
  /** Where the ranks of this host open the memory that they share; empty when there is none. */
  readonly segment: string
  /** `auto`, `zmq` or `shm`. */
  readonly transport: TransportChoice
  readonly logLevel: string
}

export type TransportChoice = 'auto' | 'zmq' | 'shm'

/** The variables of one rank. */
export function writeEnvironment(rank: RankEnvironment): Record<string, string> {
  return {
    ZMPI_RANK: String(rank.rank),
    ZMPI_SIZE: String(rank.size),
    ZMPI_LOCAL_RANK: String(rank.localRank),
    ZMPI_LOCAL_SIZE: String(rank.localSize),
    // On one host it goes without saying.
    ...(rank.localSize === rank.size ? {} : { ZMPI_LOCAL_RANKS: rank.neighbours.join(' ') }),
    ZMPI_JOB: String(rank.job),
    ZMPI_JOB_DIR: rank.directory,
    ZMPI_CONTROL_FD: String(rank.controlFd),
    ZMPI_SEGMENT: rank.segment,
    ZMPI_TRANSPORT: rank.transport,
    ZMPI_LOG_LEVEL: rank.logLevel,
  }
}

/** Reads what `writeEnvironment` wrote; undefined when no zmpirun started this process. */
export function readEnvironment(environment: NodeJS.ProcessEnv): RankEnvironment | undefined {
  if (environment['ZMPI_RANK'] === undefined) return undefined
  const number = (name: string): number => {
    const text = environment[name]
    const value = Number(text)
    if (text === undefined || text === '' || !Number.isInteger(value) || value < 0)
      throw new Error(`environment variable ${name} is ${JSON.stringify(text)}, not a number: was it changed by hand?`)
    return value
  }
  const size = number('ZMPI_SIZE')
  const neighbours = environment['ZMPI_LOCAL_RANKS']?.split(' ').map(Number)
  return {
    rank: number('ZMPI_RANK'),
    size,
    localRank: number('ZMPI_LOCAL_RANK'),
    localSize: number('ZMPI_LOCAL_SIZE'),
    neighbours: neighbours ?? Array.from({ length: size }, (_, rank) => rank),
    job: number('ZMPI_JOB'),
    directory: environment['ZMPI_JOB_DIR'] ?? '',
    controlFd: number('ZMPI_CONTROL_FD'),
    segment: environment['ZMPI_SEGMENT'] ?? '',
    transport: (environment['ZMPI_TRANSPORT'] ?? 'auto') as TransportChoice,
    logLevel: environment['ZMPI_LOG_LEVEL'] ?? 'warn',
  }
}
