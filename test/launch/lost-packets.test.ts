/** A transport that loses or doubles packets, which none should: the job ends with 70 and says between whom. */
import { expect } from 'chai'
import { Pool } from '../support/pool.ts'
import { program, zmpirun, type RunResult } from '../support/zmpirun.ts'

interface Fault {
  readonly what: string
  readonly deed: 'lose' | 'double' | 'silence'
  /** Number of the packet from rank 0 to rank 1. */
  readonly packet: number
  readonly way: 'answered' | 'ignored'
  readonly told: RegExp
}

const reports = (words: string): RegExp =>
  new RegExp(
    `^zmpirun: rank 1 on \\S+ \\(pid \\d+\\) reports that communication is broken: connection to rank 0: .*${words}\n`,
  )

const FAULTS: readonly Fault[] = [
  { what: 'one of many is lost', deed: 'lose', packet: 2, way: 'answered', told: reports('one was lost') },
  { what: 'the last is lost and all wait', deed: 'lose', packet: 4, way: 'answered', told: reports('one was lost') },
  {
    what: 'the last is lost, for which nobody waits',
    deed: 'lose',
    packet: 4,
    way: 'ignored',
    told: reports('one was lost'),
  },
  {
    what: 'the question at the end whether all has come is lost',
    deed: 'lose',
    packet: 5,
    way: 'ignored',
    told: reports('one was lost'),
  },
  { what: 'one comes twice', deed: 'double', packet: 1, way: 'answered', told: reports('one came twice') },
  { what: 'the last comes twice', deed: 'double', packet: 4, way: 'ignored', told: reports('one came twice') },
  {
    what: 'nothing arrives any more',
    deed: 'silence',
    packet: 3,
    way: 'answered',
    told: /^zmpirun: packets were lost: all ranks wait for messages, and for 6 s nothing has arrived where some are missing:\n {2}2 packets from rank 0 to rank 1\n/,
  },
]

describe('packets that do not arrive once', function () {
  this.timeout(120_000)
  const pool = new Pool(3)
  const begun: (() => void)[] = []
  before(() => {
    for (const begin of begun) begin()
  })

  for (const transport of ['shm', 'zmq'])
    for (const { what, deed, packet, way, told } of FAULTS) {
      let run: Promise<RunResult>
      begun.push(() => {
        const env = {
          NODE_OPTIONS: `--import=${JSON.stringify(program('lossy.mjs'))}`,
          ZMPI_TEST_FAULT: JSON.stringify({ from: 0, to: 1, deed, packet }),
        }
        const words = ['-n', '2', '--transport', transport, '--lease', '0.5', program('talk.mjs'), way]
        run = pool.run(() => zmpirun(words, { env, timeout: 60_000 }))
        run.catch(() => {})
      })
      it(`are told: ${what}, over ${transport}`, async () => {
        const { code, stderr } = await run
        expect(stderr).to.match(told)
        expect(stderr.match(/zmpirun:/g)).to.have.length(1)
        expect(code).to.equal(70)
      })
    }
})
