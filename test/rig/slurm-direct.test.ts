/** Ranks that srun itself starts on three nodes: nobody has called zmpirun. */
import { expect } from 'chai'
import { describeSlurm, program } from './rig.ts'

const NODE = process.execPath
const THREE = ['-N3', '--ntasks-per-node=2', '--cpus-per-task=1']

describeSlurm('srun of Node itself, on three nodes', (rig) => {
  for (const [title, words, environment] of [
    ['--mpi=pmi2', ['--mpi=pmi2'], {}],
    ['no PMI, but a secret', ['--mpi=none'], { ZMPI_SECRET: 'correct horse battery staple' }],
  ] as const)
    it(`passes a ring, reduces and broadcasts with ${title}`, async () => {
      const job = rig.command(['srun', ...words, ...THREE, '-l', NODE, program('ring.mjs')], environment)
      expect(await job.ended, job.stderr).to.equal(0)
      expect(job.stderr).to.equal('')
      expect(job.stdout.trim().split('\n').toSorted()).to.deep.equal([
        '0: P0P1P2P3P4P5',
        ...[1, 1, 2, 2, 3, 3].map((host, rank) => `${rank}: on h${host} sum 15 last 299999 neighbours 2`),
      ])
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })
})
