import { expect } from 'chai'
import { program, zmpirun } from '../support/zmpirun.ts'

describe('word of a rank that has ended', function () {
  this.timeout(60_000)

  for (const transport of ['shm', 'zmq'])
    it(`may come late, after the end of its connection: that is no failure, over ${transport}`, async () => {
      const { code, stdout, stderr } = await zmpirun(
        ['-n', '2', '--no-label', '--transport', transport, program('late-word.mjs')],
        { timeout: 50_000 },
      )
      expect(stderr).to.equal('')
      expect(stdout).to.equal('ERR_RANK_EXITED\n')
      expect(code).to.equal(0)
    })
})
