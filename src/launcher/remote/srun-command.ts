/** The command line that starts the agents of a job of Slurm, one on each node, and what its words mean. Pure. */
import { agentScript, type AgentProgram } from './agent-script.ts'

/** The variable in which Slurm tells each task the name of its node. */
const NODE_NAME = 'SLURMD_NODENAME'

/** The agents' step, which is ended by zmpirun alone. */
export function srunCommand(nodes: readonly string[], program: AgentProgram): string[] {
  return [...step(nodes), '--kill-on-bad-exit=0', '/bin/sh', '-c', agentScript(program, NODE_NAME)]
}

/** A step that removes directories which the agents' step has left. Each is on one node, and has a name of its own. */
export function sweepCommand(nodes: readonly string[], directories: readonly string[]): string[] {
  return [...step(nodes), '--input=none', '--quiet', '/bin/rm', '-rf', '--', ...directories]
}

/**
 * One step with a task on each of the nodes. It overlaps with other steps of the job, whose processors it shares, takes
 * no part in anybody's PMI, and is bound to no core (its ranks would be too).
 */
function step(nodes: readonly string[]): string[] {
  return [
    'srun',
    `--nodes=${nodes.length}`,
    // Else the number of tasks of the whole job.
    `--ntasks=${nodes.length}`,
    '--ntasks-per-node=1',
    `--nodelist=${nodes.join(',')}`,
    '--overlap',
    '--mpi=none',
    '--cpu-bind=none',
    '--chdir=/',
    '--job-name=zmpi',
  ]
}

/** What srun would take from the environment besides: how the job was asked for says nothing about the agents. */
const OPTIONS =
  /^S(LURM|RUN)_(CPU_BIND\w*|CPUS_PER_\w+|DEBUG|DISTRIBUTION|DIST_PLANESIZE|EPILOG|EXACT|EXCLUSIVE|GRES_FLAGS|HINT|HOSTFILE|IMMEDIATE|LABELIO|MEM_BIND\w*|MULTI_PROG|NCORES_PER_SOCKET|NTASKS_PER_\w+|OPEN_MODE|OVERCOMMIT|PROLOG|RELATIVE|RESV_PORTS|STD(IN|OUT|ERR)MODE|TASK_(EPILOG|PROLOG)|TEST_EXEC|THREADS_PER_CORE|UNBUFFEREDIO|WAIT)$/

/** The environment of srun itself, which its tasks inherit as Slurm is told to. */
export function srunEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(own).filter(([name]) => !OPTIONS.test(name)))
}

/** Whether the line is one of srun's that tell nobody anything. */
export function isNoise(line: string): boolean {
  return /^srun: (cluster configuration lacks support for cpu binding|Force Terminated|forcing job termination|Job step aborted)/i.test(
    line,
  )
}

interface AboutNode {
  readonly node: string
  readonly reason: string
}

/** `srun: error: Task launch for StepId=9.0 failed on node h3: Communication connection failure`. */
export function failedLaunch(line: string): AboutNode | undefined {
  const [, node, reason] = /^srun: error: .* failed on node ([^\s:]+): (.+)$/.exec(line) ?? []
  return node === undefined || reason === undefined
    ? undefined
    : { node, reason: `Slurm cannot start its agent: ${reason}` }
}

/** `srun: error: h2: task 1: Exited with exit code 1`. */
export function endOfTask(line: string): AboutNode | undefined {
  const [, node, end] = /^srun: error: ([^\s:[\],]+): tasks? \d+: (.+)$/.exec(line) ?? []
  return node === undefined || end === undefined ? undefined : { node, reason: `its agent has ended: ${end}` }
}

/** Why Slurm has ended the step or the job, in its own words; undefined: this line does not say so. */
export function cancellation(line: string): string | undefined {
  const [, what] = /\*\*\* ((?:STEP|JOB) .* CANCELLED AT .*?) \*\*\*/.exec(line) ?? []
  return what === undefined ? undefined : `Slurm has ended it: ${what}`
}
