import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { describeSlurm, example, program, zmpirun, type RigJob } from './rig.ts'
import { expectLines, WHOLE_SUITE } from './whole-suite.ts'

const RING = program('ring.mjs')
const ALLOCATION = ['-N3', '--ntasks-per-node=2']

/** zmpirun in an allocation of three nodes with two tasks each; it runs on this machine, which is none of them. */
function allocated(...words: readonly string[]): string[] {
  return ['salloc', '-Q', ...ALLOCATION, ...zmpirun(...words)]
}

describeSlurm('zmpirun in a job of Slurm', (rig) => {
  async function succeed(words: readonly string[]): Promise<RigJob> {
    const job = rig.command(words)
    expect(await job.ended, job.stdout + job.stderr).to.equal(0)
    expect(await rig.hosts.leftovers()).to.deep.equal([])
    return job
  }

  it('starts a rank for each task, and says where the hosts come from', async () => {
    const job = await succeed(allocated('--display-map', RING))
    expect(job.stderr).to.match(/^hosts: job \d+ of Slurm\nrank {2}host {2}core {2}program\n0 {5}h1 /)
  })

  for (const { name, words, lines } of WHOLE_SUITE)
    it(`passes ${name}`, async () => {
      const job = await succeed(allocated(...words))
      expectLines(job.stdout, lines)
    })

  it('runs on a part of the nodes, in the order in which it is named', async () => {
    const job = await succeed(allocated('-H', 'h3,h2:1', RING))
    expect(job.lines.slice(1).map((line) => line.split(' ')[2])).to.deep.equal(['h3', 'h3', 'h2'])
  })

  it('shares the processors of the job with its other steps', async () => {
    const busy = `srun ${ALLOCATION.join(' ')} sleep 100 & until [ "$(squeue -hs | wc -l)" = 1 ]; do sleep 0.1; done`
    const script = `${busy}; "$@"; status=$?; scancel $SLURM_JOB_ID; wait; exit $status`
    const job = await succeed(['salloc', '-Q', ...ALLOCATION, 'sh', '-c', script, 'sh', ...zmpirun(RING)])
    expect(job.lines[0]).to.equal('[0] P0P1P2P3P4P5')
  })

  it('brings all output, line by line', async () => {
    const job = await succeed(allocated('/bin/sh', '-c', 'seq -f "%050.0f" 20000'))
    const expected = Array.from({ length: 20_000 }, (_, line) => String(line + 1).padStart(50, '0')).join('\n')
    for (const rank of [0, 1, 2, 3, 4, 5]) {
      const lines = job.stdout.split('\n').filter((line) => line.startsWith(`[${rank}] `))
      expect(lines.map((line) => line.slice(4)).join('\n') === expected).to.equal(true)
    }
  })

  it('needs srun', async () => {
    const [file = '', ...words] = zmpirun(RING)
    const job = rig.command(['salloc', '-Q', ...ALLOCATION, '/usr/bin/env', 'PATH=/nowhere', file, ...words])
    expect(await job.ended).to.equal(69)
    expect(job.stderr).to.match(/^zmpirun: hosts h1, h2, h3 could not be used: srun is not in PATH\n/)
  })

  it('tells which node cannot be used, before anything runs', async () => {
    const { onlyHere } = rig.hosts
    mkdirSync(join(onlyHere, 'work'), { recursive: true })
    const job = rig.command(allocated('--wdir', join(onlyHere, 'work'), '-H', 'h2', RING))
    expect(await job.ended).to.equal(69)
    expect(job.stdout).to.equal('')
    expect(job.stderr).to.match(/^zmpirun: host h2 could not be used: --wdir .*\/work: not a directory\n/)
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })

  it('does not start more ranks than there are tasks, or elsewhere than in the job', async () => {
    const many = rig.command(allocated('-n', '7', RING))
    expect(await many.ended).to.equal(2)
    expect(many.stderr).to.match(/^zmpirun: 7 ranks, but in job \d+ of Slurm 3 hosts have 6 slots: lower -n/)
    const elsewhere = rig.command(allocated('-H', 'h1,h9', RING))
    expect(await elsewhere.ended).to.equal(2)
    expect(elsewhere.stderr).to.match(/^zmpirun: h9 is not in job \d+ of Slurm, which has h1, h2, h3: /)
  })

  it('refuses a heterogeneous job, and says how its ranks are started', async () => {
    const job = rig.command(['salloc', '-Q', '-N1', '-n2', ':', '-N1', '-n1', ...zmpirun(RING)])
    expect(await job.ended).to.equal(2)
    expect(job.stdout).to.equal('')
    expect(job.stderr).to.match(/^zmpirun: job \d+ of Slurm is heterogeneous, .* srun --het-group=0-1 --mpi=pmi2 node/)
  })

  describe('leaves nothing and says why', () => {
    async function met(...words: readonly string[]): Promise<RigJob> {
      const job = rig.command(allocated(...words, program('wait.mjs'), 'busy'))
      await job.until('met', 6)
      return job
    }

    /** Kills the processes on a host whose command line fits. */
    function kill(host: number, pattern: RegExp): void {
      const victims = rig.hosts.processes().filter((process) => process.host === host && pattern.test(process.command))
      expect(victims).to.not.have.length(0)
      for (const { pid } of victims) process.kill(pid, 'SIGKILL')
    }

    it('when the job is cancelled', async () => {
      const job = await met()
      rig.slurm.cancelAll()
      expect(await job.ended).to.equal(69)
      expect(job.stderr).to.match(
        /^zmpirun: host h\d was lost: .*Slurm has ended it: STEP \d+\.\d+ ON h1 CANCELLED AT /,
      )
      expect(job.stderr.match(/zmpirun:/g)).to.have.length(1)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

    it('when zmpirun is killed', async () => {
      const job = await met()
      kill(0, /zmpirun\.js/)
      await job.ended
      expect(await rig.hosts.leftovers()).to.deep.equal([])
      expect(rig.slurm.ask('squeue', '--noheader', '--steps')).to.equal('')
    })

    it('when an agent is killed', async () => {
      const job = await met()
      kill(2, /agent-main\.js/)
      expect(await job.ended).to.equal(69)
      expect(job.stderr).to.match(/^zmpirun: host h2 was lost: /)
      expect(job.stderr.match(/zmpirun:/g)).to.have.length(1)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

    /** The srun of the agents. Its helper, of the same group, ends their step when it is gone. */
    const srun = () => rig.hosts.processes().find(({ host, command }) => host === 0 && command.startsWith('srun '))?.pid

    it('when srun is killed, whose helper has Slurm kill all that could clean up', async () => {
      const job = await met()
      // Else one of them might be quicker than Slurm.
      for (const { host, pid, command } of rig.hosts.processes())
        if (host > 0 && /agent-main\.js|zmpi-reaper/.test(command)) process.kill(pid, 'SIGSTOP')
      process.kill(srun() ?? 0, 'SIGKILL')
      expect(await job.ended).to.equal(69)
      expect(job.stderr).to.match(/^zmpirun: host h\d was lost: the connection (to|that started) its agent has ended/)
      expect(job.stderr.match(/zmpirun:/g)).to.have.length(1)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

    it('when srun is killed, with the helper that would have ended its step', async () => {
      const job = await met()
      process.kill(-(srun() ?? 0), 'SIGKILL')
      expect(await job.ended).to.equal(69)
      expect(job.stderr).to.match(/^zmpirun: host h\d was lost: the connection that started its agent has ended/)
      expect(job.stderr.match(/zmpirun:/g)).to.have.length(1)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })
  })

  describe('by the example for sbatch', () => {
    /** Submits the example from a project. Resolves with the number of the job and the file of its output. */
    async function submit(...words: readonly string[]): Promise<{ job: string; output: string }> {
      const project = mkdtempSync(join(rig.hosts.directory, 'project'))
      const bin = join(project, 'node_modules', '.bin')
      mkdirSync(bin, { recursive: true })
      symlinkSync(zmpirun()[1] ?? '', join(bin, 'zmpirun'))
      const output = join(project, 'output')
      const options = ['--parsable', '--chdir', project, '--output', output]
      const sbatch = rig.command(['sbatch', ...options, example('clusters/zmpi.sbatch'), ...words])
      expect(await sbatch.ended, sbatch.stderr).to.equal(0)
      return { job: sbatch.stdout.trim(), output }
    }

    it('starts the ranks of its own node itself, and those of the others by srun', async () => {
      const { job, output } = await submit(RING)
      await rig.slurm.ended(job)
      const text = readFileSync(output, 'utf8')
      expect(text)
        .to.include('[0] P0P1P2P3P4P5\n')
        .and.match(/^hosts: job \d+ of Slurm\n/)
      for (const [rank, host] of [1, 1, 2, 2, 3, 3].entries())
        expect(text).to.include(`[${rank}] on h${host} sum 15 last 299999 neighbours 2\n`)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

    it('leaves nothing when it is cancelled', async () => {
      const { job, output } = await submit(program('wait.mjs'), 'busy')
      const met = () => existsSync(output) && readFileSync(output, 'utf8').split('met').length > 6
      while (!met() && rig.slurm.isActive(job)) await pause(50)
      expect(met()).to.equal(true)
      rig.slurm.cancelAll()
      await rig.slurm.ended(job)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })
  })

  // At the end: Slurm does not get over it quickly.
  describe('when a node has gone', () => {
    before(() => rig.slurm.killNode(3))

    it('names it', async () => {
      const job = rig.command(allocated(RING))
      expect(await job.ended, job.stderr).to.equal(69)
      expect(job.stdout).to.equal('')
      expect(job.stderr).to.match(/^zmpirun: host h3 could not be used: Slurm cannot start its agent: /)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })
  })
})
