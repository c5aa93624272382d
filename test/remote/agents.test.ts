/** Several hosts without several hosts: `--launcher local` starts every agent here. Everything else is as over ssh. */
import { expect } from 'chai'
import { fileURLToPath } from 'node:url'
import { launch } from '../../src/launcher/index.ts'

function program(name: string): string {
  return fileURLToPath(new URL(`../../../test/rig/programs/${name}`, import.meta.url))
}

describe('a job with agents', () => {
  const settings = { launcher: 'local', hosts: 'a:2,b:2', label: true } as const

  it('passes a ring, reduces and broadcasts among ranks of several agents', async () => {
    const { exitCode, stdout, stderr } = await launch({ ...settings, program: program('ring.mjs') })
    expect([exitCode, stderr]).to.deep.equal([0, ''])
    expect(stdout).to.include('[0] P0P1P2P3\n')
    for (const rank of [0, 1, 2, 3]) expect(stdout).to.match(new RegExp(`^\\[${rank}\\] on .* sum 6 last 299999 `, 'm'))
  })

  it('names the host of the rank that fails, and ends the others', async () => {
    const job = { ...settings, program: program('fail.mjs'), arguments: ['throw', '3'] }
    const { exitCode, stderr, ranks } = await launch(job)
    expect(exitCode).to.equal(1)
    expect(stderr)
      .to.match(/^zmpirun: rank 3 on b \(pid \d+\) exited with code 1\n/)
      .and.include('the pump is dry')
      .and.include('3 other ranks stopped')
    expect(ranks.map(({ host }) => host)).to.deep.equal(['a', 'a', 'b', 'b'])
  })

  it('brings input to the rank that reads it, and its output back', async () => {
    const input = 'a line\n'.repeat(100_000)
    const { exitCode, stdout } = await launch({
      ...settings,
      ranks: 1,
      label: false,
      input,
      program: program('echo.mjs'),
    })
    expect(exitCode).to.equal(0)
    expect(stdout === input).to.equal(true)
  })
})
