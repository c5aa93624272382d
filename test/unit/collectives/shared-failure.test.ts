import { expect } from 'chai'
import { allgatherShared } from '../../../src/collectives/algorithms/allgather-shared.ts'
import { allreduceNumberShared, allreduceShared } from '../../../src/collectives/algorithms/allreduce-shared.ts'
import { alltoallShared } from '../../../src/collectives/algorithms/alltoall-shared.ts'
import { broadcastShared } from '../../../src/collectives/algorithms/broadcast-shared.ts'
import type { Assembly } from '../../../src/collectives/assembly.ts'
import type { Channel } from '../../../src/collectives/channel.ts'

const channel = { rank: 1, size: 2 } as Channel
const WRONG = new Error('a piece of another length')

/** Where each rank waits for the others, whose pieces then are not what is due. */
function disappointing(): { assembly: Assembly; failures: unknown[] } {
  const failures: unknown[] = []
  const disappoint = (): never => {
    throw WRONG
  }
  const assembly = {
    pieceBytes: 1024,
    begin: () => undefined,
    meet: () => Promise.resolve(),
    exchange: () => Promise.resolve(),
    record: () => Promise.resolve(),
    view: disappoint,
    number: disappoint,
    read: disappoint,
    fail: (_: object, error: unknown) => {
      failures.push(error)
      return Promise.reject(error)
    },
  } as unknown as Assembly
  return { assembly, failures }
}

describe('a collective in shared memory', () => {
  const four = new Float64Array(4)
  const calls: Readonly<Record<string, (assembly: Assembly) => Promise<unknown>>> = {
    'an allreduce of an array': (assembly) => allreduceShared(channel, assembly, four, () => {}),
    'an allreduce of a number': (assembly) => allreduceNumberShared(channel, assembly, 1, () => 1),
    'an allgather': (assembly) => allgatherShared(channel, assembly, [four, four]),
    'an alltoall': (assembly) => alltoallShared(channel, assembly, four, new Float64Array(4)),
    'a broadcast': (assembly) => broadcastShared(channel, assembly, four, 0),
  }
  // The channel may be that of the next call before a second time.
  for (const [name, call] of Object.entries(calls))
    it(`fails once: ${name} that had to wait`, async () => {
      const { assembly, failures } = disappointing()
      const outcome = await call(assembly).catch((error: unknown) => error)
      expect([outcome, failures]).to.deep.equal([WRONG, [WRONG]])
    })
})
