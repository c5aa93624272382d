/**
 * The hosts that a scheduler has given to the job in which zmpirun runs: Slurm, LSF, PBS, Grid Engine, and the MPI Operator
 * of Kubernetes, in this order. Only the reading of the files that some of them name is not pure.
 */
import { mergeHosts, parseHostfile, parseNodeList, type HostEntry } from './hostfile.ts'
import { slurmAllocation } from './slurm-allocation.ts'
import { UsageError } from './usage-error.ts'

export interface Allocation {
  /** How messages call it: `job 17 of Slurm`. */
  readonly name: string
  /** Each with a number of slots. */
  readonly hosts: readonly HostEntry[]
  /** What reaches them. */
  readonly launcher: 'ssh' | 'slurm'
  /** What the scheduler calls this machine, where it says so. */
  readonly ownName: string | undefined
}

/** Rejects what it cannot read with an error for the user. */
type ReadText = (path: string, origin: string) => string

/**
 * The allocation in which this process runs; undefined outside.
 * @throws {UsageError} when what describes it cannot be understood
 */
export function findAllocation(environment: NodeJS.ProcessEnv, read: ReadText): Allocation | undefined {
  return (
    slurmAllocation(environment) ??
    lsfAllocation(environment, read) ??
    pbsAllocation(environment, read) ??
    gridEngineAllocation(environment, read) ??
    operatorAllocation(environment, read)
  )
}

/**
 * The part of an allocation that the user names; a host without a number of slots has all that it has there.
 * @throws {UsageError} when a host is not part of it
 */
export function selectHosts(allocation: Allocation, wanted: readonly HostEntry[]): HostEntry[] {
  return wanted.map((entry) => {
    const known = allocation.hosts.find((host) => isSameHost(host.name, entry.name, allocation.ownName))
    if (known === undefined)
      throw new UsageError(
        `${entry.name} is not in ${allocation.name}, which has ${allocation.hosts.map(({ name }) => name).join(', ')}: ` +
          'choose one of these, or say how else it is reached: --launcher ssh',
      )
    if (entry.user !== undefined)
      throw new UsageError(`${entry.user}@${entry.name}: in ${allocation.name} every rank is yours; leave out the user`)
    return { ...entry, name: known.name, slots: entry.slots ?? known.slots }
  })
}

/** A node may be called by the first part of its name, and this machine `localhost`. */
function isSameHost(name: string, wanted: string, ownName: string | undefined): boolean {
  const [known, other] = [name.toLowerCase(), wanted.toLowerCase()]
  return known === other || known.split('.')[0] === other || (other === 'localhost' && name === ownName)
}

/** `LSB_DJOB_HOSTFILE` has a line for each slot, `LSB_MCPU_HOSTS` is `h1 2 h2 4`, `LSB_HOSTS` is `h1 h1 h2`. */
function lsfAllocation(environment: NodeJS.ProcessEnv, read: ReadText): Allocation | undefined {
  const { LSB_JOBID: job, LSB_DJOB_HOSTFILE: file, LSB_MCPU_HOSTS: counted, LSB_HOSTS: listed } = environment
  if (!job) return undefined
  const common = { name: `job ${job} of LSF`, launcher: 'ssh', ownName: undefined } as const
  if (file) return { ...common, hosts: fromFile(file, 'LSB_DJOB_HOSTFILE', read) }
  if (listed && !counted) return { ...common, hosts: hostPerSlot(listed.trim().split(/\s+/), 'LSB_HOSTS') }
  if (!counted) return undefined
  const words = counted.trim().split(/\s+/)
  if (words.length % 2 !== 0 || words.some((word, index) => index % 2 === 1 && !/^[1-9]\d{0,4}$/.test(word)))
    throw new UsageError(`LSB_MCPU_HOSTS is ${JSON.stringify(counted)}; legal: hosts, each with its number of slots`)
  const hosts = words.flatMap((word, index) => {
    const slots = Number(words[index + 1])
    return index % 2 === 1 ? [] : parseNodeList(word, 'LSB_MCPU_HOSTS').map((name) => entryOf(name, slots))
  })
  return { ...common, hosts: mergeHosts(hosts) }
}

/** `PBS_NODEFILE` has a line for each slot. */
function pbsAllocation(environment: NodeJS.ProcessEnv, read: ReadText): Allocation | undefined {
  const { PBS_JOBID: job, PBS_NODEFILE: file } = environment
  if (!job || !file) return undefined
  const hosts = fromFile(file, 'PBS_NODEFILE', read)
  return { name: `job ${job} of PBS`, hosts, launcher: 'ssh', ownName: undefined }
}

/** `PE_HOSTFILE` of a parallel environment. */
function gridEngineAllocation(environment: NodeJS.ProcessEnv, read: ReadText): Allocation | undefined {
  const { JOB_ID: job, PE_HOSTFILE: file } = environment
  if (!job || !file) return undefined
  const hosts = parsePeHostfile(read(file, 'PE_HOSTFILE'), file)
  return { name: `job ${job} of Grid Engine`, hosts, launcher: 'ssh', ownName: undefined }
}

/**
 * Lines of host, slots, queue and processors: `n1.cluster 4 all.q@n1.cluster UNDEFINED`. A host of several queues has a line
 * for each.
 * @param source how messages call the file
 * @throws {UsageError} with the number of the line
 */
export function parsePeHostfile(text: string, source: string): HostEntry[] {
  const hosts: HostEntry[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const where = `${source}:${index + 1}`
    const [host = '', slots = ''] = line.trim().split(/\s+/)
    if (!/^[1-9]\d{0,4}$/.test(slots))
      throw new UsageError(`${where}: ${JSON.stringify(line.trim())}; legal: host, slots, queue and processors`)
    for (const name of parseNodeList(host, where)) hosts.push(entryOf(name, Number(slots)))
  }
  if (hosts.length === 0) throw new UsageError(`${source}: names no host`)
  return mergeHosts(hosts)
}

/** The operator names the hostfile in the variable of the MPI that the MPIJob says it has. */
function operatorAllocation(environment: NodeJS.ProcessEnv, read: ReadText): Allocation | undefined {
  if (!environment['KUBERNETES_SERVICE_HOST']) return undefined
  for (const variable of ['OMPI_MCA_orte_default_hostfile', 'HYDRA_HOST_FILE', 'I_MPI_HYDRA_HOST_FILE']) {
    const file = environment[variable]
    if (!file) continue
    return { name: `this MPIJob (${file})`, hosts: fromFile(file, variable, read), launcher: 'ssh', ownName: undefined }
  }
  return undefined
}

/** A line without a number is one slot, on this machine too. */
function fromFile(file: string, variable: string, read: ReadText): HostEntry[] {
  return parseHostfile(read(file, variable), file).map((entry) => ({ ...entry, slots: entry.slots ?? 1 }))
}

function hostPerSlot(words: readonly string[], variable: string): HostEntry[] {
  return mergeHosts(words.flatMap((word) => parseNodeList(word, variable)).map((name) => entryOf(name, 1)))
}

function entryOf(name: string, slots: number): HostEntry {
  return { name, user: undefined, slots, maxSlots: undefined }
}
