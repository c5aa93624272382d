import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { quoteForShell } from '../../src/launcher/shell-quote.ts'
import { program, Run, zmpirun } from '../support/zmpirun.ts'

const ZMPIRUN = fileURLToPath(new URL('../../../bin/zmpirun.js', import.meta.url))
const crowd = String(availableParallelism() + 1)

function hasAutogroups(): boolean {
  try {
    return readFileSync('/proc/sys/kernel/sched_autogroup_enabled', 'utf8') === '1\n'
  } catch {
    return false
  }
}

/** What each rank has printed, without its label. */
const lines = (stdout: string) =>
  stdout
    .trim()
    .replaceAll(/^\[\d+\] /gm, '')
    .split('\n')

describe('ranks that outnumber the cores', () => {
  it('lead groups, which go with them, in a session that they share where Linux schedules by session', async () => {
    const { code, stdout } = await zmpirun(['-n', crowd, program('family.mjs')])
    expect(code).to.equal(0)
    const facts = lines(stdout).map((line) => line.split(' '))
    expect(facts.map(([group]) => group)).to.deep.equal(Array(Number(crowd)).fill('leads'))
    const sessions = new Set(facts.map(([, session]) => session))
    expect(sessions.size).to.equal(1)
    expect(sessions.has('alone')).to.equal(!hasAutogroups())
  })

  it('have a session each where they share no memory, or are no programs of Node', async () => {
    const script = 'set -- $(cut -d " " -f 5,6 /proc/$$/stat); echo $1 $(($2 == $$))'
    const shells = await zmpirun(['-n', crowd, 'sh', '-c', script])
    expect(lines(shells.stdout).every((line) => line.endsWith(' 1'))).to.equal(true)
    const { stdout } = await zmpirun(['-n', crowd, '--transport', 'zmq', program('family.mjs')])
    expect(lines(stdout)).to.deep.equal(Array(Number(crowd)).fill('leads alone'))
  })

  it('have no terminal, like those in a session of their own: reading it would stop them', async () => {
    const words = [process.execPath, ZMPIRUN, '--oversubscribe', '-n', crowd, program('terminal.mjs')]
    const { stdout } = await promisify(execFile)('script', ['-qec', words.map(quoteForShell).join(' '), '/dev/null'])
    expect(stdout.match(/(terminal|ENXIO)/g)).to.deep.equal(Array(Number(crowd)).fill('ENXIO'))
  })

  for (const [signal, status] of [
    ['SIGTERM', 143],
    ['SIGKILL', null],
  ] as const)
    it(`end by ${signal} to zmpirun before their program has begun`, async () => {
      const run = new Run(['-n', crowd, '--kill-grace', '0.3', program('lasting.mjs'), 'idle'], {
        env: { NODE_OPTIONS: `--require=${JSON.stringify(program('blocked.cjs'))}` },
      })
      await run.until(new RegExp(`(blocked[^]*){${crowd}}`))
      run.kill(signal)
      expect((await run.ended).code).to.equal(status)
    })
})
