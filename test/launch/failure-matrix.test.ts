/**
 * A rank that dies, in every phase and in every way: nobody hangs, the report names rank and cause, the exit status is
 * right, and nothing is left. Runs a few jobs side by side, as each of them mostly starts processes.
 */
import { availableParallelism } from 'node:os'
import { expect } from 'chai'
import { Pool } from '../support/pool.ts'
import { program, zmpirun, type RunResult } from '../support/zmpirun.ts'

interface Way {
  readonly way: string
  readonly code: number
  readonly told: string
}

const WAYS: readonly Way[] = [
  { way: 'exit', code: 3, told: 'exited with code 3' },
  { way: 'throw', code: 1, told: 'exited with code 1' },
  { way: 'SIGKILL', code: 137, told: 'was killed by SIGKILL' },
  { way: 'SIGSEGV', code: 139, told: 'was killed by SIGSEGV' },
  { way: 'SIGABRT', code: 134, told: 'was killed by SIGABRT' },
]

interface Phase {
  readonly moment: string
  readonly transports: readonly string[]
  readonly ranks: number
  readonly ways: readonly Way[]
}

const BOTH = ['shm', 'zmq']
const COLLECTIVES = [
  ...['barrier', 'broadcast', 'scatter', 'gather', 'allgather', 'alltoall', 'reduce', 'allreduce', 'reduceScatter'],
  ...['scan', 'exclusiveScan', 'broadcastInto', 'allreduceInto', 'allgatherInto', 'alltoallInto', 'split'],
]

const PHASES: readonly Phase[] = [
  { moment: 'before connecting', transports: BOTH, ranks: 2, ways: WAYS },
  { moment: 'before the other connects', transports: BOTH, ranks: 2, ways: WAYS.slice(1, 3) },
  { moment: 'during wire-up', transports: BOTH, ranks: 2, ways: WAYS },
  { moment: 'in eager transfer, as sender', transports: BOTH, ranks: 2, ways: WAYS },
  { moment: 'in eager transfer, as receiver', transports: BOTH, ranks: 2, ways: WAYS },
  { moment: 'in rendezvous transfer, as sender', transports: BOTH, ranks: 2, ways: WAYS },
  { moment: 'in rendezvous transfer, as receiver', transports: BOTH, ranks: 2, ways: WAYS },
  { moment: 'in finalize', transports: BOTH, ranks: 2, ways: WAYS },
  { moment: 'while another is in finalize', transports: BOTH, ranks: 2, ways: WAYS },
  { moment: 'while writing output', transports: ['shm'], ranks: 2, ways: WAYS },
  // A round of a collective is a transfer as above: each kind meets some ways of dying, and each way some kinds.
  ...COLLECTIVES.map((moment, index) => ({
    moment,
    transports: [BOTH[index % 2] ?? 'shm'],
    ranks: 3,
    ways: WAYS.filter((_, number) => (number + index) % WAYS.length < 2),
  })),
]

/** Each job has so long, which is a hang even on a slow machine; a rank that is deaf to SIGTERM is not killed before. */
const LIMIT = 60_000
const KILL_GRACE = '90'

describe('a rank that dies', function () {
  // The whole of it is begun at once.
  this.timeout(300_000)
  const pool = new Pool(availableParallelism() + 1)
  const begun: (() => void)[] = []
  before(() => {
    for (const begin of begun) begin()
  })

  for (const { moment, transports, ranks, ways } of PHASES)
    for (const transport of transports)
      for (const { way, code, told } of ways) {
        let run: Promise<RunResult>
        begun.push(() => {
          const words = ['-n', `${ranks}`, '--transport', transport, '--kill-grace', KILL_GRACE]
          run = pool.run(() => zmpirun([...words, program('dying.mjs'), moment, way], { timeout: LIMIT }))
          run.catch(() => {})
        })
        it(`${moment} by ${way} over ${transport}`, async () => {
          const result = await run
          expect(result.stderr).to.match(new RegExp(`^zmpirun: rank 1 on \\S+ \\(pid \\d+\\) ${told}\n`))
          expect(result.stderr.match(/zmpirun:/g)).to.have.length(1)
          expect(result.stderr).to.include('next: ')
          expect(result.code).to.equal(code)
          for (const rank of [0, 2].slice(0, ranks - 1))
            expect(result.stdout).to.match(new RegExp(`\\[${rank}\\] ended by (ERR_RANK_FAILED|ERR_RANK_EXITED)\n`))
          if (way === 'throw') expect(result.stderr).to.include('thrown on purpose')
          if (moment === 'while writing output')
            expect(result.stdout.match(/^\[1\] line \d+ -*$/gm)).to.deep.equal(
              Array.from({ length: 3000 }, (_, line) => `[1] line ${line} ${'-'.repeat(line % 100)}`),
            )
        })
      }
})
