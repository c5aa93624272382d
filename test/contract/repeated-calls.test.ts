/** Collectives that are called as before begin with less ado; whatever changes between two calls is seen all the same. */
import { expect } from 'chai'
import { Op } from '../../src/collectives/op.ts'
import type { Communicator } from '../../src/comm/communicator.ts'
import { makeJob } from '../support/job.ts'
import { NETWORKS } from '../support/networks.ts'
import { Random } from '../support/random.ts'

const CALLS = 600

/** Makes the same random calls on every rank, mostly like one before, and checks what each resolves with. */
async function callAtRandom(comm: Communicator, seed: number): Promise<void> {
  const random = new Random(seed)
  const { rank, size } = comm
  const total = (of: (rank: number) => number): number =>
    Array.from({ length: size }, (_, r) => of(r)).reduce((a, b) => a + b)
  const pending: Promise<unknown>[] = []
  for (let i = 0; i < CALLS; i++) {
    const root = random.chance(0.9) ? 0 : size - 1
    const length = random.chance(0.9) ? 3 : random.below(20)
    const Type = random.chance(0.9) ? Float64Array : random.pick([Int32Array, Uint8Array, Float32Array])
    const op = random.chance(0.9) ? Op.sum : Op.max
    const options = random.chance(0.05) ? { timeout: 60_000 } : undefined
    const array = new Type(length).fill(rank + (i % 50))
    const expected = op === Op.sum ? total((r) => r + (i % 50)) : size - 1 + (i % 50)
    const check = (call: Promise<unknown>, value: number): Promise<void> =>
      call.then(() => void expect([...array]).to.deep.equal(Array.from({ length }, () => value)))
    let call: Promise<unknown>
    switch (random.below(7)) {
      case 0:
        call = comm.barrier(options)
        break
      case 1:
        call = check(comm.broadcastInto(array, root, options), root + (i % 50))
        break
      case 2:
        call = check(comm.allreduceInto(array, op, options), expected)
        break
      case 3:
        call = random.chance(0.9)
          ? comm.allreduce(rank + (i % 50), op, options).then((sum) => expect(sum).to.equal(expected))
          : comm.allreduce(BigInt(rank), Op.sum).then((sum) => expect(sum).to.equal(BigInt(total((r) => r))))
        break
      case 4: {
        const all = new Type(size * length)
        call = comm.allgatherInto(all, array, options).then(() => {
          const blocks = Array.from({ length: size }, (_, r) => Array.from({ length }, () => r + (i % 50)))
          expect([...all]).to.deep.equal(blocks.flat())
        })
        break
      }
      case 5: {
        const all = new Type(size * length)
        // Rank r has r + i for rank 0, one more for each next, in every element of the block.
        const values = all.map((_, at) => rank + (i % 50) + Math.floor(at / length))
        const isInPlace = random.chance(0.5)
        call = comm.alltoallInto(isInPlace ? values : all, values, options).then(() => {
          const blocks = Array.from({ length: size }, (_, r) => Array.from({ length }, () => r + (i % 50) + rank))
          expect([...(isInPlace ? values : all)]).to.deep.equal(blocks.flat())
        })
        break
      }
      default:
        expect(() => comm.allgatherInto(new Float64Array(3 * size), new Float32Array(3))).to.throw(TypeError, 'value')
        expect(() => comm.allgatherInto(new Float64Array(3 * size), new Float64Array(4))).to.throw(RangeError, 'value')
        expect(() => comm.alltoallInto(new Float64Array(3 * size), new Float64Array(4))).to.throw(RangeError, 'target')
        expect(() => comm.allreduceInto('text' as unknown as Float64Array, Op.sum)).to.throw(TypeError, 'target')
        expect(() => comm.broadcastInto(new Float64Array(3), size)).to.throw(RangeError, 'root')
        expect(() => comm.allreduce('text' as unknown as number, Op.sum)).to.throw(TypeError, 'Op.sum takes')
        call = comm.barrier()
    }
    if (random.chance(0.7)) await call
    else pending.push(call)
  }
  await Promise.all(pending)
}

for (const { name, open } of NETWORKS.filter((network) => !network.name.includes('direct')))
  describe(`calls like the one before over ${name}`, () => {
    for (const size of [2, 3])
      it(`give what they should on ${size} ranks, whatever changes between them`, async () => {
        const job = await makeJob(size, open)
        await Promise.all(job.ranks.map((comm) => callAtRandom(comm, 7 * size)))
        await job.close()
      }).timeout(60_000)

    it('keep apart by messages too, where another algorithm is wanted, each of many steps', async () => {
      const algorithms = { allgather: 'ring', alltoall: 'pairwise', broadcast: 'chain', allreduce: 'ring' } as const
      const job = await makeJob(5, open, { algorithms })
      await Promise.all(job.ranks.map((comm) => callAtRandom(comm, 11)))
      await job.close()
    }).timeout(60_000)

    it('refuse at the call, before anything is sent, what their operator does not take', async () => {
      const job = await makeJob(2, open)
      await Promise.all(
        job.ranks.map(async (comm) => {
          for (let i = 0; i < 20; i++) {
            expect(() => comm.allreduce(1.5, Op.band)).to.throw(TypeError, 'Op.band takes integers')
            expect(await comm.allreduce(6, Op.band)).to.equal(6)
          }
        }),
      )
      await job.close()
    })

    it('disagree as others do, and name the call and what each rank called', async () => {
      const job = await makeJob(2, open)
      const texts = await Promise.all(
        job.ranks.map(async (comm) => {
          for (let i = 0; i < 40; i++) {
            await comm.barrier()
            await comm.allreduceInto(new Float64Array(3), Op.sum)
            await comm.broadcastInto(new Float64Array(3))
          }
          const call =
            comm.rank === 0
              ? comm.allreduceInto(new Float64Array(3), Op.sum)
              : comm.allreduceInto(new Float64Array(4), Op.sum)
          const text = await call.then(
            () => 'ok',
            (error: Error) => error.message,
          )
          // Nothing can be called afterwards, like calls neither.
          const later = await Promise.allSettled([comm.broadcastInto(new Float64Array(3)), comm.barrier()])
          return [text, ...later.map(({ status }) => status)]
        }),
      )
      for (const [text, ...later] of texts) {
        expect(text).to.match(/disagree on its collective number 121: rank \d: allreduceInto\(Float64Array of length/)
        expect(text).to.include('of length 3, Op.sum)').and.to.include('of length 4, Op.sum)')
        expect(later).to.deep.equal(['rejected', 'rejected'])
      }
      await job.abandon()
    }).timeout(20_000)
  })
