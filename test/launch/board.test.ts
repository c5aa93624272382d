/** Ranks that share memory and know it: what goes wrong in their collectives is told as it is of messages. */
import { expect } from 'chai'
import { program, zmpirun } from '../support/zmpirun.ts'

const run = (mode: string, ...options: string[]): ReturnType<typeof zmpirun> =>
  zmpirun(['-n', '2', ...options, program('board.mjs'), mode])

describe('collectives in shared memory', () => {
  it('lets timers run in ranks that call one after the other', async () => {
    const { code, stderr } = await run('timers')
    expect([code, stderr]).to.deep.equal([0, ''])
  })

  it('lets a root end before the others have read what it published', async () => {
    const { code, stdout, stderr } = await run('ahead')
    expect([code, stderr]).to.deep.equal([0, ''])
    expect(stdout.split('\n').toSorted()).to.deep.equal(['', '[0] done', '[1] done'])
  })

  it('finds a deadlock, and tells who waits in what and where', async () => {
    const { code, stderr } = await run('deadlock')
    expect(stderr).to.match(/rank 0 waits in allreduceInto\(Float64Array of length 3, Op\.sum\) at board\.mjs:8/)
    expect(stderr).to.match(/rank 1 waits in receive\(source 0, tag any\) at board\.mjs:9/)
    expect(code).to.equal(70)
  })

  it('takes no rank for deadlocked that a signal may let go on', async () => {
    const { code, stderr } = await run('limited')
    expect([code, stderr]).to.deep.equal([0, ''])
  })

  it('fails who waits for a rank that has ended', async () => {
    const { code, stderr } = await run('gone')
    expect(stderr).to.match(/ERR_RANK_EXITED/)
    expect(stderr).to.match(/MpiError: barrier\(source 1, .* cannot complete: rank 1 has ended/)
    expect(code).to.equal(1)
  })

  it('ends a job whose rank is killed meanwhile', async () => {
    const { code, stderr } = await run('killed')
    expect(stderr).to.match(/rank 1 on .* was killed by SIGKILL/)
    expect(code).to.equal(137)
  })

  it('tells ranks that disagree, even when neither waits', async () => {
    const { code, stderr } = await run('mismatch')
    expect(stderr).to.match(/rank 0: broadcastInto\(Float64Array of length 3, root 0\) at board\.mjs:19/)
    expect(stderr).to.match(/rank 1: broadcastInto\(Float64Array of length 3, root 1\) at board\.mjs:20/)
    expect(code).to.equal(70)
  })

  for (const choice of ['barrier=linear', 'allreduce=recursive-doubling'])
    it(`goes together with ZMPI_ALGORITHM=${choice}, by which one of them goes by messages`, async () => {
      const { code } = await zmpirun(['-n', '2', program('board.mjs'), 'timers'], { env: { ZMPI_ALGORITHM: choice } })
      expect(code).to.equal(0)
    })
})
