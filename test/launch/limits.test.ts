/** A machine that allows little: jobs start, or are refused before anything of them runs. */
import { expect } from 'chai'
import { fileURLToPath } from 'node:url'
import { zmpirun } from '../support/zmpirun.ts'

const SUM = fileURLToPath(new URL('../../../test/launch/programs/sum.mjs', import.meta.url))
const limited = (descriptors: number): string[] => ['sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh']

describe('a limit of descriptors', function () {
  this.timeout(300_000)

  it('that is too low for the ranks is told with the number that is needed, which is enough', async () => {
    const words = ['-n', '24', SUM]
    const refused = await zmpirun(words, { within: limited(100) })
    expect([refused.code, refused.stdout]).to.deep.equal([2, ''])
    const needed = Number(/^zmpirun: 24 ranks .* \(ulimit -n (\d+)\)/.exec(refused.stderr)?.[1])
    const run = await zmpirun(words, { within: limited(needed), timeout: 120_000 })
    expect([run.code, run.stdout]).to.deep.equal([0, '[0] 276\n'])
  })

  it('of 256 is enough for 64 ranks, which meet and end', async () => {
    const run = await zmpirun(['-n', '64', SUM], { within: limited(256), timeout: 280_000 })
    expect([run.code, run.stdout, run.stderr]).to.deep.equal([0, '[0] 2016\n', ''])
  })
})
