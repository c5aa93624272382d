import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { zmpirun } from '../support/zmpirun.ts'

/** The rank program of that name, as its author wrote it. */
const path = (name: string): string => fileURLToPath(new URL(`../../../test/pypar/${name}.ts`, import.meta.url))

const run = (program: string, size: number) => zmpirun(['-n', String(size), '--no-label', path(program)])

describe('zmpi/pypar over ranks', () => {
  for (const program of ['rings', 'collectives'])
    for (const size of [1, 2, 4])
      it(`${program} pass on ${size}`, async () => {
        const job = await run(program, size)
        expect(job.code, job.stdout + job.stderr).to.equal(0)
        const passed = Array.from({ length: size }, (_, rank) => `rank ${rank} passes`)
        expect(job.stdout.trim().split('\n').toSorted()).to.deep.equal(passed)
      })

  for (const program of ['rings', 'collectives'])
    it(`${program} pass without a launcher, on one process`, async () => {
      const compiled = fileURLToPath(new URL(`${program}.js`, import.meta.url))
      const { stdout } = await promisify(execFile)(process.execPath, [compiled])
      expect(stdout).to.equal('rank 0 passes\n')
    })

  it('abort ends all ranks, with a code that says failure', async () => {
    const job = await run('abort', 3)
    expect(job.code, job.stderr).to.equal(1)
  })

  it('an exception on one rank ends all and is told', async () => {
    const job = await run('throw', 3)
    expect(job.code, job.stderr).to.equal(1)
    expect(job.stderr).to.contain('this rank has had enough')
  })
})
