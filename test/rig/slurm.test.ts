import { expect } from 'chai'
import { describeSlurm } from './rig.ts'

describeSlurm('the Slurm of the rig', (rig) => {
  it('runs tasks on its nodes and leaves nothing', async () => {
    const tasks = ['-N3', '--ntasks-per-node=2', '--mpi=pmi2', 'sh', '-c', 'echo $SLURM_PROCID $PMI_RANK $(hostname)']
    const job = rig.command(['srun', ...tasks])
    expect(await job.ended, job.stderr).to.equal(0)
    expect(job.stdout.trim().split('\n').toSorted()).to.deep.equal(
      ['h1', 'h1', 'h2', 'h2', 'h3', 'h3'].map((host, task) => `${task} ${task} ${host}`),
    )
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })
})
