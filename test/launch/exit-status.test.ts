import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { program, zmpirun } from '../support/zmpirun.ts'

const exit = (...deeds: string[]) => ['-n', String(deeds.length), program('exit.mjs'), ...deeds]

describe('exit status of zmpirun', () => {
  it('S52 is 0 when all ranks end with 0', async () => {
    const { code, stderr } = await zmpirun(exit('0', '0', '0'))
    expect(code).to.equal(0)
    expect(stderr).to.equal('')
  })

  it("S53 is the failing rank's code, and the others are stopped", async () => {
    const { code, stderr } = await zmpirun(exit('wait', '3', 'wait'))
    expect(code).to.equal(3)
    expect(stderr).to.match(/^zmpirun: rank 1 on \S+ \(pid \d+\) exited with code 3\n/)
    expect(stderr).to.include('2 other ranks stopped')
  })

  for (const [signal, status] of [
    ['SIGKILL', 137],
    ['SIGSEGV', 139],
    ['SIGTERM', 143],
  ] as const)
    it(`S54 is ${status} for a rank killed by ${signal}`, async () => {
      const { code, stderr } = await zmpirun(exit('wait', signal))
      expect(code).to.equal(status)
      expect(stderr).to.match(new RegExp(`rank 1 on \\S+ \\(pid \\d+\\) was killed by ${signal}`))
    })

  it('tells one failure although several ranks fail', async () => {
    const { code, stderr } = await zmpirun(exit('4', '4', '4', '4'))
    expect(code).to.equal(4)
    expect(stderr.match(/zmpirun: rank/g)).to.have.length(1)
  })

  it('is that of a program that is no Node script', async () => {
    const { code } = await zmpirun(['-n', '2', 'sh', '-c', 'exit $((ZMPI_RANK * 5))'])
    expect(code).to.equal(5)
  })

  it('is 127 for a program that is not there, and nothing is started', async () => {
    for (const name of ['./no-such.mjs', 'no-such-program']) {
      const { code, stdout, stderr } = await zmpirun(['-n', '1', program('hello.mjs'), ':', '-n', '1', name])
      expect(code).to.equal(127)
      expect(stdout).to.equal('')
      expect(stderr).to.include(name)
    }
  })

  it('is 126 for a program that is not executable, and one whose interpreter cannot be run', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'zmpi-test-'))
    try {
      writeFileSync(join(directory, 'plain'), 'text', { mode: 0o644 })
      writeFileSync(join(directory, 'strange'), '#!/dev/null\n', { mode: 0o755 })
      for (const name of ['plain', 'strange']) {
        const { code, stderr } = await zmpirun(['-n', '1', `./${name}`], { cwd: directory })
        expect(code).to.equal(126)
        expect(stderr).to.include(name)
      }
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('is 2 for a mistake on the command line, and nothing is started', async () => {
    for (const words of [['-n', '0'], ['-n', 'abc'], ['--no-such-option'], ['--timeout', 'soon'], ['--stdin', '7']]) {
      const { code, stdout, stderr } = await zmpirun([...words, program('hello.mjs')])
      expect(code, words.join(' ')).to.equal(2)
      expect(stdout).to.equal('')
      expect(stderr).to.match(/^zmpirun: /)
    }
  })

  it('is 110 when the time is over, with what every rank was doing', async () => {
    // Shells, which begin much sooner than that.
    const words = ['--timeout', '1.5', '-n', '2', 'sh', '-c', '[ $ZMPI_RANK = 0 ] || exec sleep 1000']
    const { code, stderr } = await zmpirun(words)
    expect(code).to.equal(110)
    expect(stderr).to.match(/the time limit of 1\.5 s is over/)
    expect(stderr).to.match(/^ {2}0 +\S+ +exited with code 0 +[\d.]+ s$/m)
    expect(stderr).to.match(/^ {2}1 +\S+ +runs, no communication yet +[\d.]+ s$/m)
  })

  it('is 0 for --dry-run, which starts nothing, and for --version', async () => {
    const dry = await zmpirun(['--dry-run', ...exit('3')])
    expect(dry.code).to.equal(0)
    // Quoted where the path has spaces.
    expect(dry.stdout).to.match(/exit\.mjs'? 3/)
    expect((await zmpirun(['--version'])).stdout).to.match(/^\d+\.\d+\.\d+\n$/)
  })
})
