import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { program, zmpirun } from '../support/zmpirun.ts'

interface Hello {
  readonly rank: number
  readonly words: readonly string[]
  readonly directory: string
}

const lines = (stdout: string) => stdout.trim().split('\n')
const hellos = (stdout: string) => lines(stdout).map((line) => JSON.parse(line) as Hello)

describe('what a rank gets', () => {
  it('is its arguments exactly as typed', async () => {
    const words = ['a b', '', '*', '"quoted"', "it's", '$HOME', '0x10', '1e3', '-n', '--', ';', '\n', '🚀', '\\']
    const { stdout } = await zmpirun(['-n', '2', '--no-label', program('hello.mjs'), ...words])
    for (const hello of hellos(stdout)) expect(hello.words).to.deep.equal(words)
  })

  it('is a program of its own with ":", one numbering for all', async () => {
    const { stdout } = await zmpirun([
      '-n',
      '1',
      '--no-label',
      program('hello.mjs'),
      'a',
      ':',
      '-n',
      '2',
      program('hello.mjs'),
      'b',
    ])
    const words = hellos(stdout).map(({ rank, words: [word] }) => `${rank}${word}`)
    expect(words.toSorted()).to.deep.equal(['0a', '1b', '2b'])
  })

  it('is the environment of zmpirun with what -x adds', async () => {
    const words = ['-n', '1', '-x', 'ADDED=a b', '-x', 'OWN', 'sh', '-c', 'echo "$ADDED|$OWN|$ZMPI_SIZE"']
    expect((await zmpirun(words, { env: { OWN: 'mine' } })).stdout).to.equal('a b|mine|1\n')
  })

  it('S61 is the directory of --wdir, from which the program is looked up too, spaces and all', async () => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'zmpi test ')))
    try {
      mkdirSync(join(directory, 'in side'))
      writeFileSync(join(directory, 'in side', 'my program.mjs'), 'console.log(process.cwd())')
      const { stdout } = await zmpirun(['-n', '1', '--wdir', 'in side', 'my program.mjs'], { cwd: directory })
      expect(stdout).to.equal(`${join(directory, 'in side')}\n`)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('S58 is standard input for rank 0, the end of file for the others', async () => {
    const { stdout } = await zmpirun(['-n', '3', program('echo.mjs')], { stdin: 'for one\n' })
    expect(stdout).to.equal('[0] for one\n')
  })

  it('is standard input for the rank, or all, that --stdin names', async () => {
    const to = async (choice: string) =>
      lines((await zmpirun(['-n', '2', '--stdin', choice, 'cat'], { stdin: 'x\n' })).stdout).toSorted()
    expect(await to('1')).to.deep.equal(['[1] x'])
    expect(await to('all')).to.deep.equal(['[0] x', '[1] x'])
    expect(await to('none')).to.deep.equal([''])
  })

  it('is one core with --bind-to core', async () => {
    const { stdout } = await zmpirun([
      '-n',
      '2',
      '--bind-to',
      'core',
      '--no-label',
      'grep',
      'Cpus_allowed_list',
      '/proc/self/status',
    ])
    for (const line of lines(stdout)) expect(line).to.match(/:\s*\d+$/)
  })

  it('is a directory of the job for it alone, gone afterwards', async () => {
    const { stdout } = await zmpirun(['-n', '1', 'sh', '-c', 'stat -c %a "$ZMPI_JOB_DIR"'])
    expect(stdout).to.equal('700\n')
  })
})

describe('a script as program', () => {
  it('may be CommonJS', async () => {
    expect((await zmpirun(['-n', '1', program('commonjs.cjs')])).stdout).to.equal('commonjs true true\n')
  })

  it('may stand behind node', async () => {
    const { stdout } = await zmpirun(['-n', '1', 'node', '--no-warnings', program('flood.mjs'), 'exit'])
    expect(stdout.endsWith('line 99999\n')).to.equal(true)
  })

  it('may be TypeScript that imports TypeScript', async () => {
    const { code, stdout, stderr } = await zmpirun(['-n', '1', program('typed.ts')])
    expect(stdout).to.equal('hello 42 true\n')
    expect(stderr).to.equal('')
    expect(code).to.equal(0)
  })

  it('may be .mts or .cts', async () => {
    expect((await zmpirun(['-n', '1', program('typed-module.mts')])).stdout).to.equal('module hello\n')
    expect((await zmpirun(['-n', '1', program('typed-common.cts')])).stdout).to.equal('common 42\n')
  })

  it('of TypeScript has its own lines in its stack', async () => {
    const { stderr } = await zmpirun(['-n', '1', program('typed.ts'), 'throw'])
    expect(stderr).to.match(/\| Error: typed hello\n {2}\| {5}at .*programs\/typed\.ts:\d+:\d+/)
  })

  it('of TypeScript that cannot be erased ends with a message that names file and line', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'zmpi-test-'))
    try {
      writeFileSync(join(directory, 'enum.ts'), 'const a: number = 1\nenum Colour { Red }\nconsole.log(a, Colour)\n')
      const { code, stderr } = await zmpirun(['-n', '1', 'enum.ts'], { cwd: directory })
      expect(code).to.equal(1)
      expect(stderr).to.match(/enum is not supported in strip-only mode/)
      expect(stderr).to.match(/enum\.ts:2/)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('sees no flag of ours', async () => {
    const { stdout } = await zmpirun(['-n', '1', 'sh', '-c', 'echo "$NODE_OPTIONS"'], {
      env: { NODE_OPTIONS: '--no-warnings' },
    })
    expect(stdout).to.equal('--no-warnings\n')
  })
})
