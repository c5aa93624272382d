/** The allocation of a Slurm job, from what salloc, sbatch and srun put into the environment. Pure. */
import type { Allocation } from './allocation.ts'
import { parseNodeList } from './hostfile.ts'
import { MAXIMUM_RANKS } from './option-table.ts'
import { UsageError } from './usage-error.ts'

/**
 * Hosts from `SLURM_JOB_NODELIST`, slots from `SLURM_TASKS_PER_NODE`; in a step, where that speaks of the step, and where it
 * is missing, from `SLURM_JOB_CPUS_PER_NODE`.
 * @throws {UsageError} when they cannot be understood, when the job has components of several kinds, or when srun has started
 * this process several times
 */
export function slurmAllocation(environment: NodeJS.ProcessEnv): Allocation | undefined {
  const { SLURM_JOB_ID: job, SLURM_STEP_ID: step, SLURM_STEP_NUM_TASKS: tasks } = environment
  // Before Slurm 20.11 they were called packs.
  const components = Number(environment['SLURM_HET_SIZE'] ?? environment['SLURM_PACK_SIZE'] ?? 1)
  // salloc names the nodes of each component only, sbatch those of the first as if they were all.
  if (job && components > 1)
    throw new UsageError(
      `job ${job} of Slurm is heterogeneous, which zmpirun is not made for: start the ranks of all ${components} components without it, ` +
        `srun --het-group=0-${components - 1} --mpi=pmi2 node program.js`,
    )
  const list = environment['SLURM_JOB_NODELIST'] ?? environment['SLURM_NODELIST']
  if (!job || !list) return undefined
  if (step !== undefined && Number(tasks) > 1)
    throw new UsageError(
      `srun has started zmpirun ${tasks} times: start it once, without srun; it starts the ranks by srun itself`,
    )
  const names = parseNodeList(list, 'SLURM_JOB_NODELIST')
  const variables = ['SLURM_TASKS_PER_NODE', 'SLURM_JOB_CPUS_PER_NODE']
  if (step !== undefined) variables.reverse()
  const slots = variables
    .filter((variable) => environment[variable])
    .map((variable) => parseCounts(environment[variable] ?? '', variable))
    .find((counts) => counts.length === names.length)
  if (slots === undefined)
    throw new UsageError(
      `SLURM_JOB_NODELIST names ${names.length} nodes, but neither SLURM_TASKS_PER_NODE nor SLURM_JOB_CPUS_PER_NODE has as many numbers`,
    )
  return {
    name: `job ${job} of Slurm`,
    hosts: names.map((name, index) => ({ name, user: undefined, slots: slots[index], maxSlots: undefined })),
    launcher: 'slurm',
    ownName: environment['SLURMD_NODENAME'],
  }
}

/**
 * Slurm's form of one number for each node: `2(x3),1` is 2, 2, 2, 1.
 * @throws {UsageError}
 */
export function parseCounts(text: string, variable: string): number[] {
  const counts: number[] = []
  for (const part of text.split(',')) {
    const [, count = '', times = '1'] = /^([1-9]\d{0,5})(?:\(x([1-9]\d{0,5})\))?$/.exec(part) ?? []
    if (count === '' || counts.length + Number(times) > MAXIMUM_RANKS)
      throw new UsageError(`${variable} is ${JSON.stringify(text)}; legal: numbers as 4 or 2(x3),1`)
    for (let index = 0; index < Number(times); index++) counts.push(Number(count))
  }
  return counts
}
