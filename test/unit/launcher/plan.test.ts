import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Machine } from '../../../src/launcher/machine.ts'
import { parseCommandLine } from '../../../src/launcher/options.ts'
import { planJob } from '../../../src/launcher/plan.ts'
import { UsageError } from '../../../src/launcher/usage-error.ts'

const machine: Machine = { name: 'box', user: 'anna', addresses: [], parallelism: 2, cores: [0, 1] }

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
    ['--launcher slurm a.js', /^--launcher slurm: this version of zmpirun reaches other hosts by ssh only$/],
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
})
