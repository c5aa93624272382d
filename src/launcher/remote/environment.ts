/**
 * What of the launcher's environment goes to other hosts. Pure. Everything else is the host's own, or given by `-x`:
 * a launcher's environment holds tokens, agents' sockets and paths that mean nothing, or too much, elsewhere.
 */

/**
 * Locale and time zone, terminal and colours, what programs commonly read to choose how they run, zmpi's own, and numbers of a
 * job of Slurm that are others in the step of its agents.
 */
const FORWARDED =
  /^(LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|COLORTERM|FORCE_COLOR|NO_COLOR|DEBUG|NODE_ENV|UV_THREADPOOL_SIZE|OMP_NUM_THREADS|ZMPI_(ALGORITHM|BUFFER|SPIN)|SLURM_(NTASKS|NPROCS|NNODES|TASKS_PER_NODE|NTASKS_PER_NODE|CPUS_PER_TASK))$/

/** The variables that go along without being asked for. */
export function forwardedEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(own).filter(
      (entry): entry is [string, string] => FORWARDED.test(entry[0]) && entry[1] !== undefined,
    ),
  )
}

/** Speaks of how the agent was started: by ssh, or as a task of a step of Slurm. */
const TRACES = /^(SSH_|ZMPI_|SLURM_(STEP|PROCID|LOCALID|GTIDS|TASK_PID|SRUN_|LAUNCH_NODE|NTASKS|NPROCS|NNODES|TASKS_))/

/** What ranks of another host inherit from the environment that its agent was given. */
export function hostEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(own).filter(([name]) => !TRACES.test(name)))
}
