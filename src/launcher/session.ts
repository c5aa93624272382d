/**
 * Whether the ranks of a host stay in the session of their agent. Linux shares its cores among sessions before it shares
 * them among processes (autogroup, sched(7)): a rank in a session of its own that gives its core away gives it to
 * nobody. So where ranks take turns they stay, as those of mpirun do, and lead process groups all the same, without the
 * session's terminal. Only a process itself can become leader of a group, Node cannot make it so, and koffi can: done by
 * bootstrap/preload.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'

export interface SessionFacts {
  /** How many ranks share this host. */
  readonly ranks: number
  readonly cores: number
  /** Whether they give their cores to each other: who shares no memory sleeps instead. */
  readonly sharesMemory: boolean
  /** Whether the system knows autogroups, and uses them. */
  readonly hasAutogroups: boolean
  /** Whether a rank can make itself leader of a group. */
  readonly canLead: boolean
}

export function staysInSession({ ranks, cores, sharesMemory, hasAutogroups, canLead }: SessionFacts): boolean {
  return ranks > cores && sharesMemory && hasAutogroups && canLead
}

/** The same for ranks of this machine. */
export function ranksStayInSession(ranks: number, sharesMemory: boolean): boolean {
  const hasAutogroups = sharesMemory && usesAutogroups()
  return staysInSession({
    ranks,
    cores: availableParallelism(),
    sharesMemory,
    hasAutogroups,
    canLead: hasAutogroups && hasKoffi(),
  })
}

function usesAutogroups(): boolean {
  try {
    return readFileSync('/proc/sys/kernel/sched_autogroup_enabled', 'latin1').trim() === '1'
  } catch {
    return false
  }
}

/** Koffi, and what it has compiled for this machine: both are optional. */
function hasKoffi(): boolean {
  try {
    const koffi = createRequire(import.meta.url).resolve('koffi')
    createRequire(koffi).resolve(`@koromix/koffi-${process.platform}-${process.arch}`)
    return true
  } catch {
    return false
  }
}
