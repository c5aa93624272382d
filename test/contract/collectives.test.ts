/** Every algorithm of every collective on the in-process network with its seeded delays, at sizes up to 33. */
import { expect } from 'chai'
import { Op } from '../../src/collectives/op.ts'
import { algorithmsOf, type Algorithms, type Collective } from '../../src/collectives/select.ts'
import type { Communicator } from '../../src/comm/communicator.ts'
import { makeJob } from '../support/job.ts'
import { NETWORKS } from '../support/networks.ts'

const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 24, 31, 32, 33]
const LENGTH = 70

/** What each collective is asked on rank r of p, and what it must give. */
const CALLS: Readonly<Record<Collective, (comm: Communicator) => Promise<readonly [unknown, unknown]>>> = {
  barrier: async (comm) => [await comm.barrier(), undefined],
  broadcast: async (comm) => {
    const target = new Float64Array(LENGTH).fill(comm.rank === comm.size - 1 ? 5 : 0)
    await comm.broadcastInto(target, comm.size - 1)
    return [target, new Float64Array(LENGTH).fill(5)]
  },
  scatter: async (comm) => {
    const values = comm.rank === 0 ? Array.from({ length: comm.size }, (_, i) => `to ${i}`) : undefined
    return [await comm.scatter(values), `to ${comm.rank}`]
  },
  gather: async (comm) => [
    await comm.gather({ from: comm.rank }, comm.size - 1),
    comm.rank === comm.size - 1 ? Array.from({ length: comm.size }, (_, from) => ({ from })) : undefined,
  ],
  allgather: async (comm) => {
    const target = new Int32Array(2 * comm.size)
    await comm.allgatherInto(target, Int32Array.of(comm.rank, -comm.rank))
    return [target, Int32Array.from({ length: 2 * comm.size }, (_, i) => (i % 2 === 0 ? i / 2 : -(i - 1) / 2))]
  },
  alltoall: async (comm) => {
    const target = new Int32Array(comm.size)
    await comm.alltoallInto(
      target,
      Int32Array.from({ length: comm.size }, (_, to) => comm.rank * 100 + to),
    )
    return [target, Int32Array.from({ length: comm.size }, (_, from) => from * 100 + comm.rank)]
  },
  reduce: async (comm) => [
    await comm.reduce(new Float64Array(LENGTH).fill(comm.rank), Op.sum, 0),
    comm.rank === 0 ? new Float64Array(LENGTH).fill(total(comm.size)) : undefined,
  ],
  allreduce: async (comm) => [
    await comm.allreduce(new Float64Array(LENGTH).fill(comm.rank), Op.sum),
    new Float64Array(LENGTH).fill(total(comm.size)),
  ],
  reduceScatter: async (comm) => {
    const value = Float64Array.from({ length: 2 * comm.size }, (_, i) => i + comm.rank)
    const expected = [0, 1].map((i) => comm.size * (2 * comm.rank + i) + total(comm.size))
    return [await comm.reduceScatter(value, Op.sum), Float64Array.from(expected)]
  },
  scan: async (comm) => [await comm.scan(comm.rank, Op.sum), total(comm.rank + 1)],
}

/** 0 + 1 + … + (count − 1). */
function total(count: number): number {
  return (count * (count - 1)) / 2
}

describe('collectives over memory', () => {
  const open = NETWORKS[0]?.open
  for (const collective of Object.keys(CALLS) as Collective[])
    for (const algorithm of algorithmsOf(collective))
      it(`${collective} by ${algorithm} on 1 to 33 ranks`, async () => {
        for (const size of SIZES) {
          if (open === undefined) throw new Error('bug: no network')
          const algorithms: Algorithms = { [collective]: algorithm }
          // Dealt out to three hosts.
          const hosts = Array.from({ length: size }, (_, rank) => rank % 3)
          const job = await makeJob(size, open, { algorithms, hosts })
          const results = await Promise.all(job.ranks.map((rank) => CALLS[collective](rank)))
          for (const [result, expected] of results) expect(result).to.deep.equal(expected)
          await job.close()
        }
      })
})
