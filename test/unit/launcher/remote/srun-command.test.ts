import { execFileSync, spawnSync } from 'node:child_process'
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { srunCommand, srunEnvironment, sweepCommand } from '../../../../src/launcher/remote/srun-command.ts'

describe('srunCommand', () => {
  let directory = ''
  before(() => (directory = mkdtempSync(join(tmpdir(), `zmpi it's "a" $b `))))
  after(() => rmSync(directory, { recursive: true }))

  it('asks for one task on each node, beside other steps, bound to no core', () => {
    const words = srunCommand(['n1', 'n3'], { node: '/node', script: '/agent.js' })
    expect(words[0]).to.equal('srun')
    expect(words).to.include.members(['--nodes=2', '--ntasks=2', '--ntasks-per-node=1', '--nodelist=n1,n3'])
    expect(words).to.include.members(['--overlap', '--mpi=none', '--cpu-bind=none', '--kill-on-bad-exit=0'])
  })

  it('removes what is left in the same way, and nothing else', () => {
    const words = sweepCommand(['n1', 'n3'], ['/tmp/zmpi-abcdef', '/tmp/zmpi-ghijkl'])
    expect(words).to.include.members(['srun', '--nodelist=n1,n3', '--overlap', '--mpi=none'])
    expect(words.slice(-5)).to.deep.equal(['/bin/rm', '-rf', '--', '/tmp/zmpi-abcdef', '/tmp/zmpi-ghijkl'])
  })

  /** What a task of that srun runs. */
  const task = (node: string, script: string) => srunCommand(['n1'], { node, script }).slice(-3)

  it('runs the agent, whatever its path holds, and tells it what its node is called', () => {
    const script = join(directory, 'agent.cjs')
    writeFileSync(script, 'process.stdout.write(JSON.stringify(process.argv.slice(1)))')
    const [file = '', ...words] = task(process.execPath, script)
    const said = execFileSync(file, words, { encoding: 'utf8', env: { SLURMD_NODENAME: 'n1' } })
    expect(JSON.parse(said)).to.deep.equal([script, 'n1'])
  })

  it('says on which node something is missing', () => {
    for (const [node, script, message] of [
      ['/nowhere/node', '/agent.js', /^zmpi on n1: node not found \(PATH=\/none\)\n$/],
      [process.execPath, join(directory, 'gone.js'), /^zmpi on n1: this host has no .*gone\.js: install zmpi/],
    ] as const) {
      const [file = '', ...words] = task(node, script)
      const { stderr } = spawnSync(file, words, { encoding: 'utf8', env: { SLURMD_NODENAME: 'n1', PATH: '/none' } })
      expect(stderr).to.match(message)
    }
  })
})

describe('srunEnvironment', () => {
  it('leaves out how the tasks of the job were asked for, and nothing else', () => {
    const kept = {
      PATH: '/bin',
      SLURM_JOB_ID: '5',
      SLURM_CONF: '/c',
      SLURM_JOB_NODELIST: 'n1',
      SLURM_EXPORT_ENV: 'ALL',
    }
    const dropped = {
      SLURM_CPUS_PER_TASK: '4',
      SRUN_CPUS_PER_TASK: '4',
      SLURM_EXACT: '1',
      SLURM_CPU_BIND: 'cores',
      SLURM_CPU_BIND_TYPE: 'cores',
      SLURM_DISTRIBUTION: 'cyclic',
      SLURM_NTASKS_PER_NODE: '2',
      SLURM_LABELIO: '1',
      SLURM_STDINMODE: 'none',
      SLURM_HOSTFILE: '/h',
    }
    expect(srunEnvironment({ ...kept, ...dropped })).to.deep.equal(kept)
  })
})
