/** Shared memory that is small, full, read-only or not there: ranks go another way and say so only when asked. */
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { program, zmpirun, type RunResult } from '../support/zmpirun.ts'

const FLOOD = fileURLToPath(new URL('../../../test/ranks/programs/mixed-flood.ts', import.meta.url))
const RIGHT = /^(?:\[\d\] right\n){4}$/

/** Four ranks, each to every other, in a mount namespace of their own where /dev/shm is what `options` and `before` say. */
function flood(options: string, before = 'true', ...words: string[]): Promise<RunResult> {
  const script = `mount -t tmpfs -o ${options} tmpfs /dev/shm && ${before} && exec "$@"`
  return zmpirun(['-n', '4', ...words, FLOOD], {
    within: ['unshare', '--mount', 'sh', '-c', script, 'sh'],
    timeout: 120_000,
  })
}

function whyNoMount(): string | undefined {
  const { status, stderr, error } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/dev/shm'])
  return status === 0 ? undefined : (error?.message ?? stderr.toString().trim())
}

const reason = process.env['ZMPI_TEST_REQUIRE'] === undefined ? whyNoMount() : undefined
if (reason !== undefined) process.stdout.write(`not tested here: little room in /dev/shm: ${reason}\n`)
else
  describe('little room in /dev/shm', function () {
    this.timeout(150_000)

    it('of 64 MB, as containers have it, is enough', async () => {
      const { code, stdout, stderr } = await flood('size=64m', 'true', '--verbose')
      expect([code, stdout]).to.satisfy(([, text]: [number, string]) => code === 0 && RIGHT.test(text))
      expect(stderr).not.to.match(/shared? .*memory/)
    })

    it('for some of the rings lets the other pairs talk by ZeroMQ, each with one line at --verbose', async () => {
      const { code, stdout, stderr } = await flood('size=160k', 'true', '--verbose')
      expect(stdout).to.match(RIGHT)
      expect(code).to.equal(0)
      const refusals = stderr.match(/rank \d is not reached through shared memory: no room for 32768 bytes/g) ?? []
      expect(refusals.length).to.be.within(1, 11)
    })

    it('that somebody else uses up kills nobody', async () => {
      const { code, stdout, stderr } = await flood('size=8m', '{ cat /dev/zero >/dev/shm/full 2>/dev/null || true; }')
      expect(stdout).to.match(RIGHT)
      expect([code, stderr]).to.deep.equal([0, ''])
    })

    it('that cannot be written to leaves ZeroMQ, with one line of zmpirun and of each rank at --verbose', async () => {
      const { code, stdout, stderr } = await flood('ro', 'true', '--verbose')
      expect(stdout).to.match(RIGHT)
      expect(code).to.equal(0)
      expect(stderr.match(/no shared memory in \/dev\/shm \(EROFS/g)).to.have.length(1)
      expect(stderr.match(/no shared memory: it could not be created/g)).to.have.length(4)
    })

    it('is told when nothing but shared memory is wanted', async () => {
      const { code, stdout, stderr } = await flood('ro', 'true', '--transport', 'shm')
      expect([code, stdout]).to.deep.equal([125, ''])
      expect(stderr).to.match(/^zmpirun: no shared memory in \/dev\/shm \(EROFS/)
    })
  })

describe('little address space', () => {
  // WebAssembly's memory takes 10 GB of it, which are then not used.
  const LIMIT = ['sh', '-c', 'ulimit -v 6000000; exec "$@"', 'sh']
  for (const ranks of [2, 3])
    it(`costs ${ranks} ranks no more than vector instructions`, async () => {
      const words = ['-n', String(ranks), '--oversubscribe', '--transport', 'shm', program('long-sums.mjs')]
      for (const within of [[], LIMIT]) {
        const { code, stdout, stderr } = await zmpirun(words, { within })
        expect([code, stdout.replaceAll(/^\[\d\] /gm, ''), stderr]).to.deep.equal([0, 'right\n'.repeat(ranks), ''])
      }
    })
})

describe('ranks without koffi', () => {
  const env = { NODE_OPTIONS: `--require=${JSON.stringify(program('without-koffi.cjs'))}` }

  it('go by ZeroMQ, with one line of each at --verbose', async () => {
    const words = ['-n', '3', '--verbose', program('sum.mjs')]
    const { code, stdout, stderr } = await zmpirun(words, { env })
    expect([code, stdout]).to.deep.equal([0, '[0] 3\n'])
    expect(stderr.match(/no shared memory: koffi cannot be loaded \(Cannot find module 'koffi'\)/g)).to.have.length(3)
  })

  it('fail where nothing but shared memory is wanted', async () => {
    const words = ['-n', '2', '--transport', 'shm', program('sum.mjs')]
    const { code, stdout, stderr } = await zmpirun(words, { env })
    expect([code, stdout]).to.deep.equal([1, ''])
    expect(stderr).to.include('ERR_LAUNCH').and.include('--transport shm asks for: koffi cannot be loaded')
  })
})
