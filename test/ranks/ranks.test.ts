/** Real ranks under the real zmpirun: what holds from the first operation to the end of a process. */
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { zmpirun } from '../support/zmpirun.ts'

function program(name: string): string {
  return fileURLToPath(new URL(`../../../test/ranks/programs/${name}.ts`, import.meta.url))
}

/** Runs a program without a launcher; the compiled one, since not every Node strips types by itself. */
function alone(name: string, env: NodeJS.ProcessEnv = {}): { status: number | null; stdout: string; stderr: string } {
  const path = fileURLToPath(new URL(`programs/${name}.js`, import.meta.url))
  return spawnSync(process.execPath, [path], { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 20_000 })
}

for (const transport of ['auto', 'zmq'])
  describe(`ranks over --transport ${transport}`, function () {
    this.timeout(150_000)
    const run = (ranks: number, name: string, ...more: string[]) =>
      zmpirun(['-n', String(ranks), '--transport', transport, ...more, program(name)], {
        timeout: 140_000,
      })

    it('S18 delivers everything that a rank sent before its script ended', async () => {
      const { code, stdout, stderr } = await run(2, 'exit-after-send')
      expect(stderr).to.equal('')
      expect([code, stdout]).to.deep.equal([0, '[1] all 1000\n'])
    })

    it('S64 fails exactly the operations that wait for a rank that has ended, and the others go on', async () => {
      const { code, stdout, stderr } = await run(2, 'early-end')
      expect(stderr).to.equal('')
      expect(stdout.split('\n')).to.deep.equal([
        '[1] only this',
        '[1] ERR_RANK_EXITED receive(source 0, tag 9) at early-end.ts:8 cannot complete: rank 0 has ended',
        '[1] ERR_RANK_EXITED send to rank 0 (tag 0) at early-end.ts:13: rank 0 has ended without receiving it',
        '',
      ])
      expect(code).to.equal(0)
    })

    it('reports messages that process.exit threw away, with exit status 70', async () => {
      const { code, stderr } = await run(2, 'exit-unsent')
      expect(stderr).to.include('rank 0')
      expect(code).to.equal(70)
    })

    // Over ZeroMQ what was sent just before process.exit may really be lost, which is reported.
    if (transport === 'auto')
      it('takes process.exit after the last message for a normal end', async () => {
        const { code, stderr } = await run(3, 'exit-clean')
        expect(stderr).to.equal('')
        expect(code).to.equal(0)
      })

    it('uses no CPU while it waits', async () => {
      const { code, stdout } = await run(2, 'idle')
      expect(code).to.equal(0)
      // In ms, of a second each: who looks every ms uses twice as much in all of them. What else goes on adds to some.
      const windows = JSON.parse(stdout.replace('[1] ', '')) as number[]
      expect(Math.min(...windows), stdout).to.be.lessThan(20)
    })

    it('reports what nobody received, with source, tag and count', async () => {
      const { code, stderr } = await run(2, 'unreceived')
      expect(stderr)
        .to.match(/1 message from rank 0 with tag 1/)
        .and.to.match(/tag 2/)
        .and.to.match(/tag 3/)
      expect(stderr).to.include('1 message from rank 0 with tag 5 on world.duplicate, which it had freed')
      expect(stderr).not.to.include('tag 4')
      expect(code).to.equal(0)
    })

    it('ends communication once, and says so to who comes later', async () => {
      const { code, stdout, stderr } = await run(2, 'after-finalize')
      expect(stderr).to.equal('')
      const refusal = 'ERR_FREED communication has ended: no operation can be started after finalize()'
      const lines = [0, 0, 1, 1].map((rank) => `[${rank}] ${refusal}`)
      expect(stdout.split('\n').toSorted()).to.deep.equal(['', ...lines])
      expect(code).to.equal(0)
    })

    it('S62 abort ends all ranks with its code', async () => {
      const { code, stderr } = await run(3, 'abort')
      expect(code).to.equal(7)
      expect(stderr).to.include('rank 1').and.to.include('abort')
    })

    it('delivers exactly once and in order: every rank to every other, all sizes mixed, un-awaited', async () => {
      const { code, stdout, stderr } = await run(4, 'mixed-flood')
      expect(stderr).to.equal('')
      expect(code).to.equal(0)
      expect(stdout.match(/right/g)).to.have.length(4)
    })

    it('carries one typed array of 2 GiB + 8 bytes', async () => {
      const { code, stdout } = await run(2, 'huge')
      expect([code, stdout]).to.deep.equal([0, '[1] true 1 2\n'])
    })

    it('S34 tells both sides of ranks that call different collectives, with both places', async () => {
      const { code, stdout } = await run(3, 'disagree')
      expect(code).to.equal(0)
      for (const rank of [0, 1, 2]) {
        const line = stdout.split('\n').find((text) => text.startsWith(`[${rank}]`))
        expect(line).to.include('ERR_MISMATCH').and.to.include('barrier() at disagree.ts:8')
        expect(line).to.include('allreduce(number, Op.sum) at disagree.ts:9')
      }
    })

    it('S34 finds a disagreement of which no call has heard: exit status 70', async () => {
      const { code, stderr } = await run(2, 'disagree-unheard')
      expect(code).to.equal(70)
      expect(stderr, stderr).to.include('broadcast(root 0)').and.to.include('broadcast(root 1)')
    })
  })

describe('a rank without zmpirun', () => {
  it('is rank 0 of 1 and can talk to itself', () => {
    const { status, stdout, stderr } = alone('alone')
    expect(stderr).to.equal('')
    expect([status, stdout]).to.deep.equal([0, '0 1 {"x":1} 5\n'])
  })

  it('ends with 70 and says for what it waits when nothing can come', () => {
    const { status, stderr } = alone('alone-waits')
    expect(status).to.equal(70)
    expect(stderr).to.match(/receive\(source 0, tag 3\) at alone-waits\.(ts|js):\d+/)
  })

  it('S66 says what to do under another launcher that it cannot join, instead of running as rank 0 of 1', () => {
    const { status, stderr } = alone('alone', { OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_RANK: '2' })
    expect(status).to.equal(1)
    expect(stderr).to.include('ERR_LAUNCH').and.to.include('rank 2 of 4').and.to.include('ZMPI_RENDEZVOUS')
  })

  it('says what to do in a child of a rank, which is no rank', () => {
    const { status, stderr } = alone('alone', {
      ZMPI_RANK: '1',
      ZMPI_SIZE: '2',
      ZMPI_LOCAL_RANK: '1',
      ZMPI_LOCAL_SIZE: '2',
      ZMPI_JOB: '1',
      ZMPI_JOB_DIR: '/nonexistent',
      ZMPI_CONTROL_FD: '63',
    })
    expect(status).to.equal(1)
    expect(stderr).to.include('ERR_LAUNCH').and.to.include('has no connection to zmpirun')
  })
})
