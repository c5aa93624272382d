/** Ranks that srun or mpiexec itself starts on three hosts: nobody has called zmpirun. */
import { expect } from 'chai'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeSlurm, program } from './rig.ts'
import { expectLines, WHOLE_SUITE } from './whole-suite.ts'

const NODE = process.execPath
/** Node 20 cannot read types by itself; Debian's mpiexec runs what it is given, so zmpirun's own reader has to do. */
const TYPES = fileURLToPath(new URL('../../src/typescript/loader.js', import.meta.url))
const THREE = ['-N3', '--ntasks-per-node=2', '--cpus-per-task=1', '-l']
const SECRET = { ZMPI_SECRET: 'correct horse battery staple' }

describeSlurm('three hosts, without zmpirun', (rig) => {
  const all = JSON.stringify(WHOLE_SUITE.map(({ words }) => words))
  const launchers: [string, string[], () => string[], Record<string, string>?][] = [
    ['srun --mpi=pmi2', ['srun', '-Q', '--mpi=pmi2', ...THREE], () => []],
    ['srun without PMI, but with a secret', ['srun', '-Q', '--mpi=none', ...THREE], () => [], SECRET],
    ['mpiexec', ['mpiexec.hydra', '-l', '-n', '6', '-hosts', 'h1:2,h2:2,h3:2', '-iface'], () => [rig.hosts.bridge]],
  ]
  for (const [title, words, more, environment] of launchers)
    it(`pass the whole suite under ${title}`, async () => {
      const job = rig.command([...words, ...more(), NODE, '--import', TYPES, program('in-turn.mjs'), all], {
        HYDRA_LAUNCHER_EXTRA_ARGS: rig.hosts.sshArguments,
        ZMPI_JOB_DIR: join(rig.hosts.directory, 'types'),
        ...environment,
      })
      expect(await job.ended, job.stderr).to.equal(0)
      expect(job.stderr).to.equal('')
      for (const { lines } of WHOLE_SUITE) expectLines(job.stdout, lines)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

  for (const [title, mpi, environment] of [
    ['PMI', '--mpi=pmi2', {}],
    ['a secret', '--mpi=none', SECRET],
  ] as const)
    it(`are one job when they are components of a heterogeneous one, with ${title}`, async () => {
      const srun = ['srun', '--het-group=0,1', mpi, '-l', NODE, program('ring.mjs')]
      const job = rig.command(['salloc', '-Q', '-N1', '-n2', ':', '-N2', '-n3', ...srun], environment)
      expect(await job.ended, job.stderr).to.equal(0)
      const lines = [1, 1, 2, 2, 3].map(
        (host, rank) => `${rank} on h${host} sum 10 last 299999 neighbours ${host === 3 ? 1 : 2}`,
      )
      expectLines(job.stdout, ['0 P0P1P2P3P4', ...lines])
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })
})
