/** Other launchers: a process that one of them started must never run silently as rank 0 of 1. */
import { MpiError } from '../errors.ts'

/** Launchers by the variable that tells their number of ranks, and one that only their ranks have. */
const LAUNCHERS: readonly { readonly name: string; readonly size: string; readonly mark: string }[] = [
  { name: 'mpiexec (PMI)', size: 'PMI_SIZE', mark: 'PMI_RANK' },
  { name: 'mpirun (Open MPI)', size: 'OMPI_COMM_WORLD_SIZE', mark: 'OMPI_COMM_WORLD_RANK' },
  { name: 'torchrun', size: 'WORLD_SIZE', mark: 'TORCHELASTIC_RUN_ID' },
  { name: 'srun', size: 'SLURM_STEP_NUM_TASKS', mark: 'SLURM_STEP_ID' },
]

/** Throws ERR_LAUNCH when the environment shows that this process is one of several of another launcher. */
export function refuseForeignLauncher(environment: NodeJS.ProcessEnv): void {
  for (const { name, size, mark } of LAUNCHERS) {
    const ranks = Number(environment[size])
    if (environment[mark] === undefined || !(ranks > 1)) continue
    throw new MpiError(
      'ERR_LAUNCH',
      `started by ${name} as one of ${ranks} processes, which this version of zmpi cannot join; ` +
        `start the ranks with zmpirun: zmpirun -n ${ranks} program`,
    )
  }
}
