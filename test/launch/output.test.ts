import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { program, Run, zmpirun } from '../support/zmpirun.ts'

const FLOOD = Array.from({ length: 100_000 }, (_, line) => `line ${line}\n`).join('')

describe('output of ranks', () => {
  for (const [deed, status] of [
    ['exit', 0],
    ['throw', 1],
    ['SIGKILL', 137],
  ] as const)
    it(`arrives whole before the end by ${deed}`, async () => {
      const { code, stdout } = await zmpirun(['-n', '1', program('flood.mjs'), deed])
      expect(code).to.equal(status)
      expect(stdout === FLOOD, `${stdout.length} of ${FLOOD.length} characters`).to.equal(true)
    })

  it('S59 of several ranks arrives whole, in order and in whole lines', async () => {
    const { stdout } = await zmpirun(['-n', '2', program('flood.mjs'), 'exit'])
    for (const rank of [0, 1]) {
      const own = stdout.split('\n').filter((line) => line.startsWith(`[${rank}] `))
      expect(own.map((line) => `${line.slice(4)}\n`).join('') === FLOOD).to.equal(true)
    }
  })

  it('stays byte for byte what it was, without a newline at its end too', async () => {
    const { bytes } = await zmpirun(['-n', '1', program('bytes.mjs')])
    const all = Buffer.from(Array.from({ length: 256 }, (_, value) => value))
    expect(bytes.equals(Buffer.concat([all, Buffer.from('€\nno newline at the end')]))).to.equal(true)
  })

  it('waits for a slow reader', async () => {
    const run = new Run(['-n', '1', program('flood.mjs'), 'exit'], { holdsOutput: true })
    await pause(300)
    run.drain()
    const { code, stdout } = await run.ended
    expect(code).to.equal(0)
    expect(stdout === FLOOD).to.equal(true)
  })

  it('ends the job when its reader is gone', async () => {
    const run = new Run(['-n', '2', program('lasting.mjs'), 'write'])
    await run.until(/x\n/)
    run.closeOutput()
    const { code, stderr } = await run.ended
    expect(code).to.equal(141)
    expect(stderr).to.equal('')
  })

  it('is copied by --output', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'zmpi-test-'))
    try {
      await zmpirun(['-n', '2', '--output', directory, 'sh', '-c', 'echo out $ZMPI_RANK; echo err $ZMPI_RANK >&2'])
      expect(readFileSync(join(directory, 'rank-1.out'), 'utf8')).to.equal('out 1\n')
      expect(readFileSync(join(directory, 'rank-0.err'), 'utf8')).to.equal('err 0\n')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  it('of a process that outlives its rank in a session of its own does not hold the job', async () => {
    const { code, stdout } = await zmpirun(['-n', '1', 'sh', '-c', 'ZMPI_TEST_RUN= setsid sleep 30 & echo $!'])
    process.kill(Number(stdout), 'SIGKILL')
    expect(code).to.equal(0)
  })

  it('does not carry the log of --verbose', async () => {
    const { stdout, stderr } = await zmpirun(['-n', '1', '--verbose', 'echo', 'hello'])
    expect(stdout).to.equal('hello\n')
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string; command?: string[]; code?: number })
    expect(lines.find(({ msg }) => msg === 'rank started')?.command?.slice(1)).to.deep.equal(['hello'])
    expect(lines.find(({ msg }) => msg === 'rank ended')?.code).to.equal(0)
  })
})
