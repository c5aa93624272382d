/** Ranks that srun or mpiexec itself has started on three hosts, when one is cut off, or the launcher is killed. */
import { expect } from 'chai'
import { setTimeout as pause } from 'node:timers/promises'
import { describeSlurm, program, type RigJob } from './rig.ts'

describeSlurm('ranks that zmpirun has not started', (rig) => {
  const SRUN = ['srun', '-Q', '--mpi=pmi2', '-N3', '--ntasks-per-node=2', '--cpus-per-task=1']

  async function met(
    environment: Record<string, string>,
    words: readonly string[],
    launcher: readonly string[] = SRUN,
  ): Promise<RigJob> {
    const job = rig.command([...launcher, process.execPath, ...words], environment)
    await job.until('met', 6)
    return job
  }

  /** What is left on the hosts themselves. */
  async function leftOnHosts(): Promise<string[]> {
    for (const deadline = performance.now() + 20_000; ; await pause(20)) {
      const left = rig.hosts.processes().filter(({ host }) => host > 0)
      if (left.length === 0 || performance.now() > deadline)
        return left.map(({ host, command }) => `${host}: ${command}`)
    }
  }

  it('tell that a host was cut off, and nothing is left on either side', async () => {
    const job = await met({ ZMPI_LEASE: '2' }, [program('wait.mjs'), 'busy'])
    rig.hosts.cut(3, true)
    try {
      expect(await leftOnHosts()).to.deep.equal([])
      expect(job.stderr).to.match(/^zmpi: host h3 was lost: rank [45] has been silent for 2 s\n {2}6 ranks stopped\n/m)
    } finally {
      rig.hosts.cut(3, false)
    }
    // Only now Slurm hears of those that have ended on the other side.
    expect(await job.ended).to.not.equal(0)
    expect(job.stderr.match(/^zmpi: host /gm)).to.have.length(1)
    for (const rank of [4, 5])
      expect(job.stderr).to.include(
        `zmpi: rank ${rank} on h3 has lost rank 0, which holds the job together: it has been silent for 2 s\n`,
      )
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })

  it('lose nothing by a cut of 0.8 of the lease', async () => {
    const lease = 10
    const job = await met({ ZMPI_LEASE: String(lease) }, [program('until.mjs')])
    rig.hosts.block(3, true)
    await pause(0.8 * lease * 1000)
    rig.hosts.block(3, false)
    // Their ends go by the connections that were silent, so these must be heard again first.
    job.child.stdin?.end('go\n')
    expect(await job.ended, job.stderr).to.equal(0)
    expect(job.stderr).to.equal('')
    expect(job.stdout.match(/sum 15$/gm)).to.have.length(6)
  })

  for (const [title, launcher, more] of [
    ['srun', SRUN, () => []],
    ['mpiexec', ['mpiexec.hydra', '-hosts', 'h1:2,h2:2,h3:2', '-n', '6', '-iface'], () => [rig.hosts.bridge]],
  ] as const)
    it(`leave nothing when ${title} is killed`, async () => {
      const environment = { HYDRA_LAUNCHER_EXTRA_ARGS: rig.hosts.sshArguments }
      const job = await met(environment, [program('wait.mjs'), 'busy'], [...launcher, ...more()])
      job.child.kill('SIGKILL')
      await job.ended
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })
})
