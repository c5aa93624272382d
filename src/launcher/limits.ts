/**
 * What the system allows this user's processes, and what a job needs of it: so that a job that cannot be started is
 * refused with the number that is needed, before anything of it runs.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'

export interface Limits {
  /** Descriptors that one process may have open; node has raised its limit as far as it may go. */
  readonly descriptors: number
  /** Those that this process has open. */
  readonly openDescriptors: number
  /** Threads that this user may still start. */
  readonly threads: number
}

/** What of a job runs on this machine. */
export interface Demand {
  /** Ranks of this machine, and of others. */
  readonly near: number
  readonly far: number
  /** Ranks of this machine that are processes of Node. */
  readonly ofNode: number
  /** Ranks of this machine that read stdin. */
  readonly readers: number
  /** Each stream of each rank goes to a file. */
  readonly hasFiles: boolean
  /** Ranks of this machine share memory. */
  readonly sharesMemory: boolean
}

/** The launcher: for each rank stdout, stderr and the control channel; a few while it starts one, and for itself. */
const OF_RANK = 3
const SPARE = 32
/** A rank: what node itself opens, ZeroMQ, and files of the program. */
const OF_PROGRAM = 64
/** A rank, for each peer: its bell, or two for the connection to it and one for that from it. */
const OF_NEIGHBOUR = 1
const OF_CONNECTION = 3
/** Threads of a Node process; of another one, at least one. */
const THREADS = 11

export interface Verdict {
  /** Why the job cannot start, with the number that is needed. */
  readonly refusal: string | undefined
  /** What would fail in a job in which every rank talks to every other. */
  readonly warning: string | undefined
}

/** Compares a job with the limits. Pure. */
export function judge(demand: Demand, limits: Limits): Verdict {
  const { near, far, ofNode, readers, hasFiles, sharesMemory } = demand
  const launcher = limits.openDescriptors + SPARE + near * (OF_RANK + (hasFiles ? 2 : 0)) + readers
  const needed = Math.max(launcher, near > 0 ? OF_PROGRAM : 0)
  if (needed > limits.descriptors) {
    const most = Math.floor((limits.descriptors - (launcher - near * OF_RANK)) / OF_RANK)
    return refuse(
      `${near} ranks on this machine need ${needed} descriptors in the process that starts them, and the limit is ${limits.descriptors}: ` +
        `raise it (ulimit -n ${needed}), or start ${most > 0 ? `at most ${most} here` : 'fewer here'}`,
    )
  }
  const threads = ofNode * THREADS + (near - ofNode)
  if (threads > limits.threads)
    return refuse(
      `${near} ranks on this machine need ${threads} threads, and ${limits.threads} more are allowed: raise the ` +
        `limit of processes (ulimit -u, or pids.max of the control group), or start at most ${Math.floor((limits.threads * near) / threads)} here`,
    )
  const neighbours = Math.max(0, near - 1) * (sharesMemory ? OF_NEIGHBOUR : OF_CONNECTION)
  const most = OF_PROGRAM + neighbours + far * OF_CONNECTION
  const warning =
    near > 0 && most > limits.descriptors
      ? `a rank that talks to all ${near + far - 1} others needs ${most} descriptors, and the limit is ${limits.descriptors} (ulimit -n ${most})`
      : undefined
  return { refusal: undefined, warning }
}

function refuse(refusal: string): Verdict {
  return { refusal, warning: undefined }
}

/** Reads the limits of this process. What the system does not tell is unlimited. */
export function readLimits(): Limits {
  const text = read('/proc/self/limits')
  const openDescriptors = text === '' ? 0 : readdirSync('/proc/self/fd').length
  return {
    descriptors: limitOf(text, 'Max open files'),
    openDescriptors,
    // Counted when it matters: it means looking at every process.
    get threads() {
      return Math.min(ofUser(limitOf(text, 'Max processes')), ofControlGroup())
    },
  }
}

/** The soft limit of a line of /proc/self/limits. */
export function limitOf(text: string, name: string): number {
  const value = new RegExp(`^${name} +(\\d+) `, 'm').exec(text)?.[1]
  return value === undefined ? Infinity : Number(value)
}

/** Root may go beyond the limit of its processes. */
function ofUser(limit: number): number {
  const user = process.getuid?.() ?? 0
  if (user === 0 || limit === Infinity) return Infinity
  let running = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      if (statSync(`/proc/${name}`).uid === user) running += readdirSync(`/proc/${name}/task`).length
    } catch {
      // It has ended.
    }
  }
  return Math.max(0, limit - running)
}

/** Of the group of this process and those around it, in the layout of version 2. */
function ofControlGroup(): number {
  let path = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? ''
  let left = Infinity
  while (path !== '' && path !== '/') {
    const most = Number(read(`/sys/fs/cgroup${path}/pids.max`) || NaN)
    if (!Number.isNaN(most)) left = Math.min(left, most - Number(read(`/sys/fs/cgroup${path}/pids.current`)))
    path = path.slice(0, path.lastIndexOf('/'))
  }
  return left
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
