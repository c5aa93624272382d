import { expect } from 'chai'
import { parseCommandLine, type LaunchOptions } from '../../../src/launcher/options.ts'
import { UsageError } from '../../../src/launcher/usage-error.ts'

const surroundings = {
  environment: { HOME: '/home/anna', EMPTY: '' },
  workingDirectory: '/work',
  version: '1.2.3',
}

function parse(...argv: string[]): LaunchOptions {
  const command = parseCommandLine(argv, surroundings)
  if (command.type !== 'run') throw new Error(`not a job: ${command.type}`)
  return command.options
}

function refusal(...argv: string[]): string {
  try {
    parse(...argv)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    expect(error.exitStatus).to.equal(2)
    return error.message
  }
  throw new Error(`accepted: ${argv.join(' ')}`)
}

describe('parseCommandLine', () => {
  it('has a default for everything but the program', () => {
    expect(parse('ring.ts')).to.deep.equal({
      applications: [
        { ranks: undefined, program: 'ring.ts', arguments: [], environment: {}, workingDirectory: '/work' },
      ],
      ranksPerHost: undefined,
      hosts: undefined,
      hostfile: undefined,
      mapBy: 'slot',
      bindTo: 'none',
      oversubscribe: false,
      label: undefined,
      timestamp: false,
      outputDirectory: undefined,
      stdin: 0,
      timeout: undefined,
      killGrace: 5,
      strict: false,
      transport: 'auto',
      interface: undefined,
      launcher: undefined,
      lease: 5,
      insecure: false,
      sshArguments: undefined,
      displayMap: false,
      dryRun: false,
      verbose: false,
      logLevel: 'warn',
    } satisfies LaunchOptions)
  })

  for (const spelling of ['-n 3', '-np 3', '--n 3', '--np 3', '-n=3', '--np=3'])
    it(`reads ${spelling}`, () => {
      expect(parse(...spelling.split(' '), 'p').applications[0]?.ranks).to.equal(3)
    })

  const settings: [string, Partial<LaunchOptions>][] = [
    ['-N 2', { ranksPerHost: 2 }],
    ['--ppn 2', { ranksPerHost: 2 }],
    ['-H h1:2,h2', { hosts: 'h1:2,h2' }],
    ['--host=h1', { hosts: 'h1' }],
    ['--hostfile my.hosts', { hostfile: 'my.hosts' }],
    ['-f my.hosts', { hostfile: 'my.hosts' }],
    ['--map-by node', { mapBy: 'node' }],
    ['--bind-to core', { bindTo: 'core' }],
    ['--oversubscribe', { oversubscribe: true }],
    ['--label', { label: true }],
    ['--no-label', { label: false }],
    ['--timestamp', { timestamp: true }],
    ['--output logs', { outputDirectory: '/work/logs' }],
    ['--stdin all', { stdin: 'all' }],
    ['--stdin none', { stdin: 'none' }],
    ['--stdin 7', { stdin: 7 }],
    ['--timeout 1.5', { timeout: 1.5 }],
    ['--timeout 0', { timeout: undefined }],
    ['--strict', { strict: true }],
    ['--kill-grace 0', { killGrace: 0 }],
    ['--kill-grace .25', { killGrace: 0.25 }],
    ['--transport zmq', { transport: 'zmq' }],
    ['--interface eth0', { interface: 'eth0' }],
    ['--interface 10.0.0.0/8', { interface: '10.0.0.0/8' }],
    ['--launcher ssh', { launcher: 'ssh' }],
    ['--ssh-args -p22', { sshArguments: '-p22' }],
    ['--display-map', { displayMap: true }],
    ['--dry-run', { dryRun: true }],
    ['--verbose', { verbose: true, logLevel: 'info' }],
    ['-v --log-level trace', { verbose: true, logLevel: 'trace' }],
  ]
  for (const [line, expected] of settings)
    it(`reads ${line}`, () => {
      expect(parse(...line.split(' '), 'p')).to.deep.include(expected)
    })

  it('leaves the arguments of the program exactly as typed', () => {
    const typed = [
      '0x10',
      '1e3',
      '007',
      '-1',
      '',
      ' ',
      'a b',
      `"'`,
      '*',
      '$HOME',
      '😀',
      '-n',
      '9',
      '--label',
      '--',
      '-x',
      'a=b',
      '::',
    ]
    const [application] = parse('-n', '2', 'p', ...typed).applications
    expect(application?.arguments).to.deep.equal(typed)
    expect(application?.ranks).to.equal(2)
  })

  it('does not take the program for the value of a flag', () => {
    expect(parse('--label', 'true').applications[0]?.program).to.equal('true')
    expect(parse('--verbose', 'false', 'x').applications[0]).to.include({ program: 'false' })
  })

  it('takes what follows -- as the program, dashes and all', () => {
    expect(parse('-n', '2', '--', '-dash', '--', 'x').applications[0]).to.deep.include({
      program: '-dash',
      arguments: ['--', 'x'],
    })
  })

  it('collects -x, with a value or from its own environment', () => {
    const [application] = parse('-x', 'A=1=2', '-x', 'HOME', '-x', 'EMPTY', '-x', 'B=', 'p').applications
    expect(application?.environment).to.deep.equal({ A: '1=2', HOME: '/home/anna', EMPTY: '', B: '' })
  })

  it('gives each program between lone colons its own -n, -x and --wdir, and the job all else wherever it stands', () => {
    const options = parse(
      '-n',
      '1',
      '-x',
      'A=1',
      'a.js',
      '-n',
      '5',
      ':',
      '--label',
      '-n',
      '2',
      '--wdir',
      'sub',
      'b.js',
      ':x',
    )
    expect(options.label).to.equal(true)
    expect(options.applications).to.deep.equal([
      { ranks: 1, program: 'a.js', arguments: ['-n', '5'], environment: { A: '1' }, workingDirectory: '/work' },
      { ranks: 2, program: 'b.js', arguments: [':x'], environment: {}, workingDirectory: '/work/sub' },
    ])
  })

  const refusals: [string, string][] = [
    ['-n 0 p', '-n "0": must be a whole number from 1 to 65536'],
    ['-n abc p', '-n "abc": must be a whole number from 1 to 65536'],
    ['-n -1 p', '-n "-1": must be a whole number from 1 to 65536'],
    ['-n 2.5 p', '-n "2.5": must be a whole number from 1 to 65536'],
    ['-n 1e9 p', '-n "1e9": must be a whole number from 1 to 65536'],
    ['-n 0x10 p', '-n "0x10": must be a whole number from 1 to 65536'],
    ['-n 65537 p', '-n "65537": must be a whole number from 1 to 65536'],
    ['-n ring.ts', '-n "ring.ts": must be a whole number from 1 to 65536'],
    ['-n 2 -n 3 p', '-n is given twice: "2" and "3"'],
    ['-n 2 -np 2 p', '-n is given twice: "2" and "2"'],
    ['-n', '-n needs a value: N'],
    ['-np', '-n needs a value: N'],
    ['-n4 p', 'unknown option -n4: write -n 4'],
    ['-Hlocalhost p', 'unknown option -Hlocalhost: write -H localhost'],
    [`-H${'x'.repeat(100)} p`, `unknown option "-H${'x'.repeat(78)}…"`],
    ['-1 p', 'unknown option -1'],
    ['--lable p', 'unknown option --lable: did you mean --label?'],
    ['-n 2 --oversubscribed p', 'unknown option --oversubscribed: did you mean --oversubscribe?'],
    ['--hostfil=x p', 'unknown option --hostfil: did you mean --hostfile?'],
    ['--no-wdir p', 'unknown option --no-wdir'],
    ['--a\nb\x1b[2J p', 'unknown option "--a\\nb\\u001b[2J"'],
    ['--constructor p', 'unknown option --constructor'],
    ['--label=yes p', '--label takes no value'],
    ['--label --no-label p', 'give either --label or --no-label, not both'],
    ['-H a --hostfile b p', 'give either --host or --hostfile, not both'],
    ['--timeout 1 p : --timeout 2 q', '--timeout is given twice: "1" and "2"'],
    ['--timeout -1 p', '--timeout "-1": must be seconds from 0 to 2147483, fractions allowed'],
    ['--timeout 1e3 p', '--timeout "1e3": must be seconds from 0 to 2147483, fractions allowed'],
    ['--kill-grace 3000000 p', '--kill-grace "3000000": must be seconds from 0 to 2147483, fractions allowed'],
    ['--map-by core p', '--map-by "core": must be one of slot, node'],
    ['--stdin -1 p', '--stdin "-1": must be a rank, all or none'],
    ['--transport tcp p', '--transport "tcp": must be one of auto, zmq, shm'],
    ['--launcher rsh p', '--launcher "rsh": must be one of ssh, slurm, local'],
    ['--log-level loud p', '--log-level "loud": must be one of trace, debug, info, warn, error, fatal, silent'],
    ['--interface -x p', '--interface "-x": must be a name as eth0 or a subnet as 10.0.0.0/8'],
    ['-x NOWHERE p', '-x NOWHERE: NOWHERE is not set here; set it, or give a value: -x NOWHERE=VALUE'],
    ['-x =1 p', '-x "=1": must be NAME or NAME=VALUE, the name of letters, digits and _'],
    ['--label', 'no program given: zmpirun [options] program [arguments]'],
    ['p :', 'no program given in part 2 of 2 (parts are divided by a lone ":"): zmpirun [options] program [arguments]'],
  ]
  for (const [line, message] of refusals)
    it(`refuses ${line}`, () => {
      expect(refusal(...line.split(' '))).to.equal(message)
    })

  for (const option of ['--wdir', '--output', '--host', '--hostfile', '--ssh-args'])
    it(`refuses an empty ${option}`, () => {
      expect(refusal(option, '', 'p')).to.equal(`${option} "": must be not empty`)
    })

  it('answers --version and --help, also without a program, but leaves those of the program alone', () => {
    expect(parseCommandLine(['--version'], surroundings)).to.deep.equal({ type: 'print', text: '1.2.3' })
    expect(parseCommandLine(['-n', '2', '-h'], surroundings)).to.deep.equal({ type: 'help' })
    expect(parse('p', '--help', '--version').applications[0]?.arguments).to.deep.equal(['--help', '--version'])
  })
})
