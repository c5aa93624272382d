import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Machine } from '../../../src/launcher/machine.ts'
import { parseCommandLine } from '../../../src/launcher/options.ts'
import { planJob } from '../../../src/launcher/plan.ts'
import { UsageError } from '../../../src/launcher/usage-error.ts'

const limits = { descriptors: 1024, openDescriptors: 20, threads: Infinity }
const machine: Machine = { name: 'box', user: 'anna', addresses: [], parallelism: 2, cores: [0, 1], limits }

describe('planJob', () => {
  let directory = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'zmpi plan '))
    writeFileSync(join(directory, 'a.js'), '')
    writeFileSync(join(directory, 'b.ts'), '')
    writeFileSync(join(directory, 'hosts'), 'localhost slots=3\n')
    writeFileSync(join(directory, 'bad'), 'localhost\nlocalhost slots=x\n')
  })
  after(() => rmSync(directory, { recursive: true }))

  const plan = (line: string, environment: NodeJS.ProcessEnv = {}) => {
    const words = line.split(' ').map((word) => word.replace('DIR', directory))
    const command = parseCommandLine(words, { environment: {}, workingDirectory: directory, version: '' })
    if (command.type !== 'run') throw new Error('no job')
    return planJob(command.options, machine, environment)
  }

  it('takes the number of ranks from the cores, --host, --hostfile or ZMPI_HOSTFILE, in this order from the last', () => {
    const environment = { ZMPI_HOSTFILE: join(directory, 'hosts') }
    expect(plan('a.js').placements).to.have.lengthOf(2)
    expect(plan('a.js', environment).placements).to.have.lengthOf(3)
    expect(plan('--hostfile DIR/hosts a.js').placements).to.have.lengthOf(3)
    expect(plan('-H localhost:5 a.js', environment).placements).to.have.lengthOf(5)
  })

  it('resolves each program of the line', () => {
    expect(plan('-n 1 a.js : -n 2 b.ts').programs.map(({ kind }) => kind)).to.deep.equal(['javascript', 'typescript'])
  })

  const refusals: [string, RegExp][] = [
    ['-n 2 --stdin 2 a.js', /^--stdin 2: must be a rank from 0 to 1, all or none$/],
    ['--launcher slurm a.js', /^--launcher slurm: this is no job of Slurm; get one first: salloc -n 4 zmpirun/],
    [
      '-n 400 a.js',
      /^400 ranks on this machine need 1253 descriptors in the process that starts them, and the limit is 1024: .*ulimit -n 1253/,
    ],
    ['-n 2 -H far a.js', /^2 ranks, but far has 1 slot: lower -n/],
    ['-H far,near --transport shm a.js', /^--transport shm: the ranks are on several hosts/],
    ['--hostfile DIR/none a.js', /^--hostfile .*none: no such file$/],
    ['--hostfile DIR a.js', /^--hostfile .*: is a directory$/],
    ['--hostfile DIR/bad a.js', /bad:2: slots "x": must be/],
    ['-n 1 a.js : -n 1 c.js', /^program c\.js not found/],
  ]
  for (const [line, message] of refusals)
    it(`refuses ${line}`, () => {
      expect(() => plan(line)).to.throw(UsageError, message)
    })

  it('names the variable when it leads to no hostfile', () => {
    expect(() => plan('a.js', { ZMPI_HOSTFILE: '/nowhere' })).to.throw(
      UsageError,
      'ZMPI_HOSTFILE /nowhere: no such file',
    )
  })

  describe('in a job of Slurm', () => {
    const SLURM = { SLURM_JOB_ID: '5', SLURM_JOB_NODELIST: 'h[1-3]', SLURM_TASKS_PER_NODE: '2(x3)' }
    const summary = (line: string, environment: NodeJS.ProcessEnv = SLURM) => {
      const { placements, launcher, origin } = plan(line, environment)
      return [launcher, origin, placements.map(({ host }) => `${host.name}${host.isLocal ? '!' : ''}`).join(' ')]
    }

    it('places a rank for each task, by srun', () => {
      expect(summary('a.js')).to.deep.equal(['slurm', 'job 5 of Slurm', 'h1 h1 h2 h2 h3 h3'])
    })

    it('starts the ranks of its own node itself', () => {
      expect(summary('-n 4 a.js', { ...SLURM, SLURMD_NODENAME: 'h2' })[2]).to.equal('h1 h1 h2! h2!')
    })

    it('takes a part of the nodes', () => {
      expect(summary('-H h3,h1:1 a.js')).to.deep.equal(['slurm', 'a part of job 5 of Slurm', 'h3 h3 h1'])
      expect(() => plan('-H h9 a.js', SLURM)).to.throw(UsageError, 'h9 is not in job 5 of Slurm')
    })

    it('reaches the nodes, and other hosts, by ssh where that is asked for', () => {
      expect(summary('--launcher ssh a.js')).to.deep.equal(['ssh', 'job 5 of Slurm', 'h1 h1 h2 h2 h3 h3'])
      expect(summary('--launcher ssh -H h9 a.js')).to.deep.equal(['ssh', undefined, 'h9'])
    })

    it('runs here where that is asked for', () => {
      expect(summary('--launcher local a.js')).to.deep.equal(['local', undefined, 'box! box!'])
    })

    it('says how many slots there are', () => {
      expect(() => plan('-n 7 a.js', SLURM)).to.throw(
        UsageError,
        '7 ranks, but in job 5 of Slurm 3 hosts have 6 slots: lower -n',
      )
    })
  })

  it('takes the hosts of PBS, which ssh reaches, unless the user names others', () => {
    writeFileSync(join(directory, 'nodes'), 'n1\nn1\nn2\n')
    const environment = { PBS_JOBID: '7', PBS_NODEFILE: join(directory, 'nodes') }
    const { placements, launcher, origin } = plan('a.js', environment)
    expect([launcher, origin, placements.map(({ host }) => host.name).join(' ')]).to.deep.equal([
      'ssh',
      'job 7 of PBS',
      'n1 n1 n2',
    ])
    expect(plan('-H far a.js', environment).origin).to.equal(undefined)
    expect(() => plan('a.js', { PBS_JOBID: '7', PBS_NODEFILE: '/gone' })).to.throw(
      UsageError,
      'PBS_NODEFILE /gone: no such file',
    )
  })
})
