/**
 * Other launchers. One of them has started this process as one of several: which, as what rank, and where do the ranks
 * meet? Pure. Whoever cannot be joined is told what to do: a process never runs in silence as rank 0 of 1.
 */
import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { MpiError } from '../errors.ts'
import { expandNodeList } from './node-list.ts'

/** Where the coordinator of a job, which rank 0 starts, is found. */
export type Meeting =
  /** The launcher's own key-value store, on an inherited descriptor or at a port, where this process has a number. */
  | { readonly kind: 'pmi'; readonly at: { readonly fd: number } | PmiPort }
  /** At an address that all know; what is said there is encrypted with what they share. */
  | AddressMeeting
  /** In a file that only this user reads: on one host, or on a file system that all hosts share. */
  | { readonly kind: 'file'; readonly path: string; readonly isLocal: boolean }

export interface AddressMeeting {
  readonly kind: 'address'
  readonly host: string
  readonly port: number
  readonly secret: Secret
  /** The host is a node as Slurm calls it, which need not be its name in the network. */
  readonly isSlurmNode?: true
}

export interface PmiPort {
  readonly host: string
  readonly port: number
  readonly id: string
}

/** The secret of a job, where its launcher gives none. */
export type Secret = { readonly text: string } | { readonly file: string } | 'insecure'

export interface Engine {
  /** As messages call it. */
  readonly name: string
  /** undefined: only its key-value store knows. */
  readonly place: Place | undefined
  /** Tells this job from others of the same launcher, as far as it says. */
  readonly job: string
  readonly meeting: Meeting
  /** Seconds in which all ranks should have come, if nothing else is said. */
  readonly patience: number
}

export interface Place {
  readonly rank: number
  readonly size: number
}

export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv
  /** Whether a descriptor is an open socket. */
  readonly isSocket: (fd: number) => boolean
  readonly hostName: string
  /** The text of /etc/hosts. */
  readonly hosts: () => string
  /** Where this user's short-lived files are. */
  readonly temporary: string
  readonly user: number
}

/** A launcher starts all ranks at once; pods and other machines come when they come. */
const SOON = 60
const LATER = 300
const KUBERNETES_PORT = 55_527
/** Where Slurm's ranks meet: one of the ports above those that systems hand out. */
const FIRST_PORT = 61_440
const PORTS = 4096
const MOST_NODES = 65_536
const SECRET =
  'give all ranks one secret, ZMPI_SECRET=$(openssl rand -hex 32) or a file that only you read, ZMPI_SECRET_FILE; ' +
  'ZMPI_INSECURE=1 goes without encryption'

/**
 * The launcher that has started this process as one of several ranks; undefined when there is none, or just one rank.
 * @throws MpiError `ERR_LAUNCH` when it cannot be joined
 */
export function detectEngine(surroundings: Surroundings): Engine | undefined {
  for (const recognize of [pmi, openMpi, torchrun, slurm, kubernetes]) {
    const engine = recognize(surroundings)
    if (engine !== undefined) return engine.place?.size === 1 ? undefined : engine
  }
  return undefined
}

function pmi(surroundings: Surroundings): Engine | undefined {
  const { environment, isSocket } = surroundings
  const { PMI_FD, PMI_PORT, PMI_ID, PMI_RANK, PMI_JOBID } = environment
  const name = PMI_JOBID === undefined ? 'mpiexec (PMI)' : 'srun (PMI)'
  if (PMI_PORT !== undefined && PMI_ID !== undefined) {
    const at = { ...hostAndPort('PMI_PORT', PMI_PORT), id: PMI_ID }
    return { name, place: undefined, job: PMI_ID, meeting: { kind: 'pmi', at }, patience: SOON }
  }
  if (PMI_RANK === undefined) return undefined
  const place = placeOf(environment, 'PMI_RANK', 'PMI_SIZE')
  const engine = { name, place, job: PMI_JOBID ?? '', patience: SOON }
  const meeting = given(surroundings)
  if (meeting !== undefined) return { ...engine, meeting }
  const fd = Number(PMI_FD)
  if (PMI_FD !== undefined && isSocket(fd)) return { ...engine, meeting: { kind: 'pmi', at: { fd } } }
  if (place.size === 1) return { ...engine, meeting: { kind: 'pmi', at: { fd } } }
  throw refusal(
    name,
    place,
    PMI_FD === undefined
      ? `it has handed down no PMI_FD, so there is no way to the other ranks; ${named(SECRET)}`
      : `descriptor ${PMI_FD}, which leads to it (PMI_FD), is closed: a wrapper (npx, tsx, nodemon) or a parent that is a ` +
          'rank itself has closed it. Start Node itself, as in "mpiexec -n 4 node --import tsx app.ts", or use "mpiexec -pmi-port"',
  )
}

function openMpi(surroundings: Surroundings): Engine | undefined {
  const { environment } = surroundings
  if (environment['OMPI_COMM_WORLD_RANK'] === undefined) return undefined
  const name = 'mpirun (Open MPI)'
  const place = placeOf(environment, 'OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE')
  const job = environment['PMIX_NAMESPACE'] ?? ''
  const isLocal = environment['OMPI_COMM_WORLD_LOCAL_SIZE'] === String(place.size)
  const meeting = given(surroundings) ?? (isLocal || place.size === 1 ? local(surroundings, name, job) : undefined)
  if (meeting !== undefined) return { name, place, job, meeting, patience: SOON }
  throw refusal(
    name,
    place,
    'it does not tell where rank 0 is; name a port of that host, and a secret: ' +
      'mpirun -x ZMPI_RENDEZVOUS=host:port -x ZMPI_SECRET …, or a file on a file system that all hosts share: ' +
      '-x ZMPI_RENDEZVOUS=/path/to/file. Or start the ranks with zmpirun',
  )
}

function torchrun(surroundings: Surroundings): Engine | undefined {
  const { environment } = surroundings
  const { RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT, LOCAL_WORLD_SIZE } = environment
  if (RANK === undefined || WORLD_SIZE === undefined) return undefined
  const { TORCHELASTIC_RUN_ID: run, TORCHELASTIC_RESTART_COUNT: restarts } = environment
  const name = run === undefined ? 'a launcher that sets RANK and WORLD_SIZE' : 'torchrun'
  const place = placeOf(environment, 'RANK', 'WORLD_SIZE')
  const job = [MASTER_ADDR, MASTER_PORT, run, restarts].map((part) => part ?? '').join(' ')
  const engine = { name, place, job, patience: LATER }
  const isLocal = LOCAL_WORLD_SIZE === WORLD_SIZE || place.size === 1
  const meeting = given(surroundings) ?? (isLocal ? local(surroundings, name, job) : undefined)
  if (meeting !== undefined) return { ...engine, meeting }
  if (MASTER_ADDR === undefined || MASTER_PORT === undefined)
    throw refusal(name, place, named('set MASTER_ADDR and MASTER_PORT'))
  // The port itself is that of torch's own store.
  const port = whole('MASTER_PORT', MASTER_PORT) + 1
  return {
    ...engine,
    meeting: { kind: 'address', host: MASTER_ADDR, port, secret: secretOf(environment, name, place) },
  }
}

function slurm(surroundings: Surroundings): Engine | undefined {
  const { environment } = surroundings
  // In the shell of sbatch and salloc, which is no rank, there is no step.
  const { SLURM_STEP_ID: step, SLURM_PROCID, SLURM_JOB_ID: id = '', SLURM_STEP_NODELIST: nodes = '' } = environment
  if (step === undefined || SLURM_PROCID === undefined) return undefined
  const tasks = environment['SLURM_STEP_NUM_TASKS'] === undefined ? 'SLURM_NTASKS' : 'SLURM_STEP_NUM_TASKS'
  const name = 'srun'
  const place = placeOf(environment, 'SLURM_PROCID', tasks)
  const job = `${id}.${step} ${environment['SLURM_RESTART_COUNT'] ?? ''}`
  const engine = { name, place, job, patience: SOON }
  const isLocal = environment['SLURM_STEP_NUM_NODES'] === '1' || place.size === 1
  const meeting = given(surroundings) ?? (isLocal ? local(surroundings, name, job) : undefined)
  if (meeting !== undefined) return { ...engine, meeting }
  const { ZMPI_SECRET, ZMPI_SECRET_FILE, ZMPI_INSECURE, SLURM_STEP_RESV_PORTS: reserved } = environment
  if ((ZMPI_SECRET ?? ZMPI_SECRET_FILE ?? ZMPI_INSECURE) === undefined)
    throw refusal(name, place, `use "srun --mpi=pmi2", which needs nothing else, or ${SECRET}`)
  const port = Number(/^\d+/.exec(reserved ?? '')?.[0] ?? FIRST_PORT + ((Number(id) + Number(step)) % PORTS))
  const secret = secretOf(environment, name, place)
  return { ...engine, meeting: { kind: 'address', host: firstNode(nodes), port, secret, isSlurmNode: true } }
}

function kubernetes(surroundings: Surroundings): Engine | undefined {
  const { environment, hostName, hosts } = surroundings
  const { JOB_COMPLETION_INDEX: index, ZMPI_SIZE } = environment
  if (index === undefined) return undefined
  const name = 'a Kubernetes Indexed Job'
  if (ZMPI_SIZE === undefined)
    throw new MpiError(
      'ERR_LAUNCH',
      `started by ${name} (JOB_COMPLETION_INDEX is ${index}), which does not tell how many ranks there are: ` +
        'set ZMPI_SIZE to the completions of the Job (1: each pod is alone)',
    )
  const place = placeOf(environment, 'JOB_COMPLETION_INDEX', 'ZMPI_SIZE')
  const job = hostName.replace(/-\d+$/, '')
  const engine = { name, place, job, patience: LATER }
  const meeting = given(surroundings) ?? (place.size === 1 ? local(surroundings, name, job) : undefined)
  if (meeting !== undefined) return { ...engine, meeting }
  const host = firstPod(hostName, hosts())
  if (host === undefined)
    throw refusal(
      name,
      place,
      `the pods have no names in DNS; ${named('give the Job a headless Service and spec.template.spec.subdomain')}`,
    )
  return {
    ...engine,
    meeting: { kind: 'address', host, port: KUBERNETES_PORT, secret: secretOf(environment, name, place) },
  }
}

/** What `ZMPI_RENDEZVOUS` says, which goes before all that a launcher says. */
function given({ environment }: Surroundings): Meeting | undefined {
  const text = environment['ZMPI_RENDEZVOUS']
  if (text === undefined || text === '') return undefined
  if (text.startsWith('/')) return { kind: 'file', path: text, isLocal: false }
  const secret = secretOf(environment, `ZMPI_RENDEZVOUS=${text}`)
  return { kind: 'address', ...hostAndPort('ZMPI_RENDEZVOUS', text), secret }
}

/** All ranks are on this host, where a file is all they need. */
function local({ temporary, user }: Surroundings, name: string, job: string): Meeting {
  const digest = createHash('sha256').update(`${name} ${job}`).digest('hex').slice(0, 16)
  return { kind: 'file', path: join(temporary, `zmpi-${user}-${digest}`), isLocal: true }
}

function secretOf(environment: NodeJS.ProcessEnv, name: string, place?: Place): Secret {
  const { ZMPI_SECRET: text, ZMPI_SECRET_FILE: file, ZMPI_INSECURE: insecure } = environment
  if (text !== undefined && text !== '') return { text }
  if (file !== undefined && file !== '') return { file }
  if (insecure === '1') return 'insecure'
  throw refusal(name, place, `nothing keeps strangers out of the network between the ranks; ${SECRET}`)
}

function refusal(name: string, place: Place | undefined, reason: string): MpiError {
  const what = place === undefined ? name : `started by ${name} as rank ${place.rank} of ${place.size}`
  return new MpiError('ERR_LAUNCH', `${what}: ${reason}`)
}

function named(first: string): string {
  return `${first}, or name a port of rank 0's host, ZMPI_RENDEZVOUS=host:port`
}

function placeOf(environment: NodeJS.ProcessEnv, rankName: string, sizeName: string): Place {
  const size = whole(sizeName, environment[sizeName])
  const rank = whole(rankName, environment[rankName])
  if (size < 1) throw new MpiError('ERR_LAUNCH', `${sizeName} is ${size}; legal: 1 or more`)
  if (rank >= size)
    throw new MpiError('ERR_LAUNCH', `${rankName} is ${rank}; legal: below ${sizeName}, which is ${size}`)
  return { rank, size }
}

function whole(name: string, text: string | undefined): number {
  if (text === undefined || !/^\d{1,9}$/.test(text))
    throw new MpiError('ERR_LAUNCH', `${name} is ${JSON.stringify(text)}; legal: a whole number`)
  return Number(text)
}

function hostAndPort(name: string, text: string): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^[\]]+)):(\d+)$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  const isLegal = host !== undefined && port >= 1 && port <= 65_535 && (plain === undefined || !isIPv6(text))
  if (!isLegal) throw new MpiError('ERR_LAUNCH', `${name} is ${JSON.stringify(text)}; legal: host:port, or /path`)
  return { host, port }
}

/** The first of the hosts that Slurm lists. */
export function firstNode(list: string): string {
  const [first = ''] = expandNodeList(list, MOST_NODES, (problem) => {
    throw new MpiError('ERR_LAUNCH', `SLURM_STEP_NODELIST: ${problem}`)
  })
  return first
}

/** The full name of the pod with index 0, from the line that Kubernetes writes for this one: `10.1.0.7 job-3.svc.ns.… job-3`. */
export function firstPod(hostName: string, hosts: string): string | undefined {
  for (const line of hosts.split('\n')) {
    const name = line.split(/\s+/).find((word) => word.startsWith(`${hostName}.`))
    if (name !== undefined) return `${hostName.replace(/-\d+$/, '-0')}${name.slice(hostName.length)}`
  }
  return undefined
}
