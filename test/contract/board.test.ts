/** Collectives of ranks that share memory, once they know it: the same as by messages, and as well explained. */
import { expect } from 'chai'
import { Op } from '../../src/collectives/op.ts'
import { OPENING_CALL } from '../../src/comm/adoption.ts'
import type { Communicator } from '../../src/comm/communicator.ts'
import type { TypedArray } from '../../src/wire/element-type.ts'
import { adopt, ADOPTING_CALLS } from '../support/adopt.ts'
import { makeJob, type JobOptions } from '../support/job.ts'
import { loadNative, type Native } from '../../src/transport/native.ts'
import { openSharedMemory } from '../../src/transport/shared-memory/open.ts'
import { createSegment } from '../../src/transport/shared-memory/segment.ts'
import { JOB, NETWORKS, type OpenNetwork } from '../support/networks.ts'
import { codeOf, onBoard, packets, textOf, type Program } from '../support/on-board.ts'
import { blocksOf, lengthsFor, operand, SIZES, SOME_TYPES, sumOf } from '../support/oracle.ts'
import { Random } from '../support/random.ts'

const FOUR = Float64Array.of(1, 2, 3, 4)
/** Of all kinds, short ones and such as need many pieces. */
const VALUES: readonly unknown[] = [
  7.5,
  -0,
  Number.NaN,
  undefined,
  null,
  true,
  12345678901234567890n,
  '',
  'a text of more than thirty-two bytes, with ünïcödé',
  { name: 'record', list: [1, 'two', { three: 3 }], when: new Date(5) },
  new Map([['key', new Set([1, 2])]]),
  Float64Array.of(1.5),
  Float64Array.of(1, 2, 3, 4),
  new Int16Array(0),
  Int16Array.from({ length: 17 }, (_, i) => i),
  new BigInt64Array(40).fill(-3n),
  Float32Array.from({ length: 60_000 }, (_, i) => i),
  Float64Array.from({ length: 150_000 }, (_, i) => i / 3),
  Buffer.from('bytes'),
  new Uint8Array(65_536).fill(8),
  Uint8Array.from([1, 2, 3]).buffer,
  new DataView(new ArrayBuffer(33)),
  { matrix: new Float64Array(20_000).fill(2), text: 'x'.repeat(100_000) },
]

for (const { name, open } of NETWORKS.filter((network) => network.name.startsWith('shared memory')))
  describe(`collectives on the board: ${name}`, () => {
    /** Runs a program on every rank whose collectives are all on the board. */
    const met = <T>(size: number, program: Program<T>, end?: 'close' | 'abandon', options?: JobOptions): Promise<T[]> =>
      onBoard(open, size, program, end, options)

    for (const size of SIZES)
      it(`broadcast and allreduce on ${size} ranks, every root and type, arrays of no and of many pieces`, async () => {
        await met(size, async (comm) => {
          for (const type of SOME_TYPES)
            for (const length of [...lengthsFor(size), 70_000]) {
              const operands = Array.from({ length: size }, (_, rank) => operand(type, length, rank))
              for (let root = 0; root < size; root += length > 1000 ? 3 : 1) {
                const target = comm.rank === root ? operand(type, length, root) : new type(length)
                await comm.broadcastInto(target, root)
                expect(Buffer.compare(bytes(target), bytes(operands[root] as TypedArray))).to.equal(0)
              }
              const sum = operand(type, length, comm.rank)
              await comm.allreduceInto(sum, Op.sum)
              expect(Buffer.compare(bytes(sum), bytes(sumOf(operands)))).to.equal(0)
              const fresh = operand(type, length, comm.rank)
              const result = await comm.allreduce(fresh, Op.sum)
              expect(Buffer.compare(bytes(result), bytes(sum))).to.equal(0)
              expect(Buffer.compare(bytes(fresh), bytes(operands[comm.rank] as TypedArray))).to.equal(0)
            }
          // No vector instruction does these.
          const truth = new Float64Array(70_000).fill(comm.rank)
          await comm.allreduceInto(truth, Op.lor)
          expect(truth.every((value) => value === (size > 1 ? 1 : 0))).to.equal(true)
          const least = new BigInt64Array(70_000).fill(BigInt(-comm.rank))
          await comm.allreduceInto(least, Op.min)
          expect(least.every((value) => value === BigInt(1 - size))).to.equal(true)
          expect(await comm.allreduce(comm.rank + 0.5, Op.sum)).to.equal((size * size) / 2)
          expect(await comm.allreduce(-comm.rank, Op.min)).to.equal(1 - size)
          await comm.barrier()
        })
      }).timeout(60_000)

    /** Two ranks would send values by messages. */
    const ON_THE_BOARD: JobOptions = { algorithms: { broadcast: 'shared', allgather: 'shared' } }
    for (const size of SIZES)
      it(`broadcasts and gathers values of all kinds and lengths on ${size} ranks, for every root, without a message`, async () => {
        const values = VALUES.flatMap((value, i) => [value, VALUES[(i + 3) % VALUES.length]])
        await met(
          size,
          async (comm, job) => {
            const before = packets(job)
            for (const [i, value] of values.entries()) {
              const root = i % size
              const result = await comm.broadcast(comm.rank === root ? value : undefined, root)
              expect(result).to.deep.equal(value)
              if (typeof value === 'object' && value !== null) expect(result).to.not.equal(value)
              const own = values[(i + comm.rank) % values.length]
              const all = await comm.allgather(own)
              expect(all).to.deep.equal(Array.from({ length: size }, (_, rank) => values[(i + rank) % values.length]))
              if (typeof own === 'object' && own !== null) expect(all[comm.rank]).to.not.equal(own)
            }
            expect(packets(job)).to.equal(before)
          },
          'close',
          ON_THE_BOARD,
        )
      }).timeout(60_000)

    for (const size of SIZES)
      it(`gathers arrays for all of ${size} ranks, of every type, length and cut, in place too, without a message`, async () => {
        await met(size, async (comm, job) => {
          const before = packets(job)
          for (const type of SOME_TYPES)
            for (const length of [...lengthsFor(size), 30_000 * size]) {
              const whole = operand(type, length, 1)
              // All in one block, which is then larger than a piece; with memory behind it that nobody touches.
              const uneven = Array.from({ length: size }, (_, rank) => (rank === size - 1 ? length : 0))
              for (const counts of [undefined, uneven]) {
                const block = blocksOf(whole, size, counts)[comm.rank] as TypedArray
                const margin = counts === undefined ? 0 : 3
                const target: TypedArray = new type(length + margin)
                const start = blocksOf(whole, size, counts)
                  .slice(0, comm.rank)
                  .reduce((sum, { length: count }) => sum + count, 0)
                const place = target.subarray(start, start + block.length)
                const isInPlace = length % 2 === 0
                if (isInPlace) place.set(block as never)
                await comm.allgatherInto(target, isInPlace ? place : block, counts === undefined ? {} : { counts })
                expect(Buffer.compare(bytes(target.subarray(0, length)), bytes(whole))).to.equal(0)
                expect(Buffer.compare(bytes(target.subarray(length)), bytes(new type(margin)))).to.equal(0)
              }
            }
          expect(packets(job)).to.equal(before)
        })
      }).timeout(60_000)

    for (const size of SIZES)
      it(`exchanges blocks among ${size} ranks, of every type and length, in place too, without a message`, async () => {
        await met(
          size,
          async (comm, job) => {
            const before = packets(job)
            for (const type of SOME_TYPES)
              for (const count of [0, 1, 3, 100, 30_000, 70_000]) {
                const inputs = Array.from({ length: size }, (_, rank) => operand(type, size * count, rank))
                const expected = new type(size * count)
                for (const [rank, input] of inputs.entries())
                  expected.set(input.subarray(comm.rank * count, (comm.rank + 1) * count) as never, rank * count)
                const values = inputs[comm.rank] as TypedArray
                const target: TypedArray = count % 3 === 0 ? values : new type(size * count)
                await comm.alltoallInto(target, values)
                expect(Buffer.compare(bytes(target), bytes(expected))).to.equal(0)
              }
            expect(packets(job)).to.equal(before)
          },
          'close',
          { algorithms: { alltoall: 'shared' } },
        )
      }).timeout(60_000)

    for (const size of SIZES)
      it(`reduces arrays and numbers of ${size} ranks, of every type and length, for every root, without a message`, async () => {
        await met(size, async (comm, job) => {
          const before = packets(job)
          for (const type of SOME_TYPES)
            for (const length of [...lengthsFor(size), 2000, 70_000]) {
              const operands = Array.from({ length: size }, (_, rank) => operand(type, length, rank))
              const [own, sum] = [operands[comm.rank] as TypedArray, sumOf(operands)]
              for (let root = 0; root < size; root += length > 5000 ? 3 : 1) {
                const target = operand(type, length, comm.rank)
                await comm.reduceInto(target, Op.sum, root)
                expect(Buffer.compare(bytes(target), bytes(comm.rank === root ? sum : own))).to.equal(0)
                const result = await comm.reduce(own, Op.sum, root)
                expect(result === undefined).to.equal(comm.rank !== root)
                if (result !== undefined) expect(Buffer.compare(bytes(result), bytes(sum))).to.equal(0)
                expect(Buffer.compare(bytes(own), bytes(operand(type, length, comm.rank)))).to.equal(0)
              }
            }
          for (let root = 0; root < size; root++) {
            const isRoot = comm.rank === root
            // No vector instruction does these.
            const truth = new Float64Array(70_000).fill(comm.rank)
            await comm.reduceInto(truth, Op.lor, root)
            expect(truth.every((value) => value === (isRoot && size > 1 ? 1 : comm.rank))).to.equal(true)
            const least = new BigInt64Array(9000).fill(BigInt(-comm.rank))
            await comm.reduceInto(least, Op.min, root)
            expect(least.every((value) => value === BigInt(isRoot ? 1 - size : -comm.rank))).to.equal(true)
            expect(await comm.reduce(comm.rank + 0.5, Op.sum, root)).to.equal(isRoot ? (size * size) / 2 : undefined)
            expect(await comm.reduce(-comm.rank, Op.min, root)).to.equal(isRoot ? 1 - size : undefined)
            // In rank order, whoever is the root.
            const values = [0.1, 1e17, -1e17, 0.7, 3e-9, 5, 6, 7, 8].slice(0, size)
            const folded = values.reduce((total, value) => total + value)
            const value = values[comm.rank] as number
            const array = Float64Array.of(value, value)
            await comm.reduceInto(array, Op.sum, root)
            expect([...array]).to.deep.equal(isRoot ? [folded, folded] : [value, value])
            expect(await comm.reduce(value, Op.sum, root)).to.equal(isRoot ? folded : undefined)
          }
          expect(packets(job)).to.equal(before)
        })
      }).timeout(60_000)

    for (const length of [4, 60_000])
      it(`who reduces ${length} elements for a root that has left is told`, async () => {
        const codes = await met(
          3,
          async (comm, job) => {
            if (comm.rank === 1) {
              for (const endpoint of job.endpoints) endpoint.departed(1, { how: 'failed', detail: '' })
              return 'left'
            }
            await new Promise((resolve) => setImmediate(resolve))
            return codeOf(comm.reduceInto(new Float64Array(length), Op.sum, 1))
          },
          'abandon',
        )
        expect(codes).to.deep.equal(['ERR_RANK_FAILED', 'left', 'ERR_RANK_FAILED'])
      })

    const openers: Record<string, (comm: Communicator) => Promise<unknown>> = {
      barrier: (comm) => comm.barrier(),
      broadcast: (comm) => comm.broadcast(1, 2),
      broadcastInto: (comm) => comm.broadcastInto(new Float64Array(3), 1),
      scatter: (comm) => comm.scatter([1, 2, 3], 1),
      scatterInto: (comm) => comm.scatterInto(new Float64Array(1), new Float64Array(3), 2),
      gather: (comm) => comm.gather(1, 1),
      gatherInto: (comm) => comm.gatherInto(new Float64Array(3), new Float64Array(1), 2),
      reduce: (comm) => comm.reduce(1, Op.sum, 2),
      reduceInto: (comm) => comm.reduceInto(new Float64Array(3), Op.sum, 1),
      allreduce: (comm) => comm.allreduce(1, Op.sum),
      allreduceInto: (comm) => comm.allreduceInto(new Float64Array(3), Op.sum),
      allgather: (comm) => comm.allgather(1),
      allgatherInto: (comm) => comm.allgatherInto(new Float64Array(3), new Float64Array(1)),
      alltoallInto: (comm) => comm.alltoallInto(new Float64Array(3), new Float64Array(3)),
    }
    for (const [operation, call] of Object.entries(openers))
      it(`is used once each rank has called ${operation} ${OPENING_CALL} times, and rank 0 once more`, async () => {
        const job = await makeJob(3, open)
        for (let i = 0; i <= OPENING_CALL; i++) await Promise.all(job.ranks.map(call))
        const before = packets(job)
        await Promise.all(job.ranks.map((comm) => comm.barrier()))
        expect(packets(job)).to.equal(before)
        await job.close()
      })

    it('is not opened for what it does not serve', async () => {
      const job = await makeJob(3, open)
      for (let i = 0; i < 20; i++) await Promise.all(job.ranks.map((comm) => comm.scan(1, Op.sum)))
      const before = packets(job)
      await Promise.all(job.ranks.map((comm) => comm.barrier()))
      expect(packets(job)).to.be.greaterThan(before)
      await job.close()
    })

    for (const size of [2, 5])
      it(`${size} ranks that wait for none of the others come to use it, and nothing is lost on the way`, async () => {
        const job = await makeJob(size, open, ON_THE_BOARD)
        await Promise.all(
          job.ranks.map(async (comm) => {
            const random = new Random(comm.rank + 1)
            for (let i = 0; i < 400; i++) {
              const root = i % size
              if (i % 3 === 2)
                expect(await comm.reduce(i, Op.sum, root)).to.equal(comm.rank === root ? i * size : undefined)
              else {
                const target = new Float64Array(i % 7 === 0 ? 2000 : 2).fill(comm.rank === root ? i : -1)
                await comm.broadcastInto(target, root)
                expect(target.every((value) => value === i)).to.equal(true)
              }
              if (random.chance(0.1)) await new Promise((resolve) => setImmediate(resolve))
            }
          }),
        )
        const before = packets(job)
        await Promise.all(job.ranks.map((comm) => comm.broadcastInto(new Float64Array(3), 1)))
        expect(packets(job)).to.equal(before)
        await job.close()
      }).timeout(20_000)

    it('a value may be changed after the call, before it is over', async () => {
      const results = await met(3, async (comm) => {
        const array = Float64Array.of(comm.rank, 7)
        const record = { rank: comm.rank, list: [1, 2] }
        const calls = [
          comm.barrier(),
          comm.broadcast(array, 1),
          comm.broadcast(record, 2),
          comm.allgather(array),
          comm.allgather(record),
        ]
        array.fill(-1)
        record.list.push(3)
        const [, first, second, third, fourth] = await Promise.all(calls)
        return [first, second, third, fourth]
      })
      for (const result of results)
        expect(result).to.deep.equal([
          Float64Array.of(1, 7),
          { rank: 2, list: [1, 2] },
          [0, 1, 2].map((rank) => Float64Array.of(rank, 7)),
          [0, 1, 2].map((rank) => ({ rank, list: [1, 2] })),
        ])
    })

    it('what no message carries is refused before the call counts', async () => {
      const results = await met(3, async (comm) => {
        expect(() => comm.allgather({ run: () => 1 })).to.throw(TypeError, '.run')
        if (comm.rank === 0) expect(() => comm.broadcast(Symbol('no'), 0)).to.throw(TypeError)
        return comm.allgather(comm.rank)
      })
      for (const result of results) expect(result).to.deep.equal([0, 1, 2])
    })

    for (const length of [8, 100_000, 400_000])
      it(`who waits for the ${length} bytes of a rank that leaves, or will never have its own, is told`, async () => {
        const results = await met(
          3,
          async (comm, job) => {
            if (comm.rank === 1) {
              await comm.receive(2)
              for (const endpoint of job.endpoints) endpoint.departed(1, { how: 'ended', detail: '' })
              return []
            }
            const block = new Uint8Array(length)
            if (comm.rank === 2) await comm.send('now', 1)
            const gathered = await codeOf(comm.allgatherInto(new Uint8Array(3 * length), block))
            const listed = await codeOf(comm.allgather(block))
            // A root hears of who will never have it, the others get it.
            return [gathered, listed, await codeOf(comm.broadcast(comm.rank === 0 ? block : undefined))]
          },
          'abandon',
        )
        const gone = 'ERR_RANK_EXITED'
        expect(results).to.deep.equal([[gone, gone, gone], [], [gone, gone, 'ok']])
      })

    for (const length of [8, 100_000, 400_000])
      it(`who gave an allgather of ${length} bytes up leaves the memory of the others alone, and they go on to wait`, async () => {
        const results = await met(
          2,
          async (comm) => {
            const [block, target] = [new Uint8Array(length).fill(comm.rank + 1), new Uint8Array(2 * length)]
            if (comm.rank === 1) await comm.receive(0)
            const own = await codeOf(comm.allgatherInto(target, block, { timeout: comm.rank === 0 ? 30 : 60 }))
            if (comm.rank === 0) {
              block.fill(9)
              target.fill(9)
              await comm.send('given up', 1)
              return [own, await textOf(comm.allgatherInto(target, block))]
            }
            return [own, target.at(-1), target[0] === 9]
          },
          'abandon',
        )
        const [given, waited] = results
        expect(given?.[0]).to.equal('ERR_TIMEOUT')
        expect(given?.[1]).to.match(/given up here before \(allgatherInto\)/)
        // What was on the board before is there: short blocks arrive.
        expect(waited).to.deep.equal([length === 8 ? 'ok' : 'ERR_TIMEOUT', 2, false])
      })

    for (const size of [1, 3])
      it(`tells truth as 0 and 1 on ${size} ranks`, async () => {
        const results = await met(size, async (comm) => {
          const target = Float64Array.of(5, 0)
          await comm.allreduceInto(target, Op.land)
          return [...target]
        })
        for (const result of results) expect(result).to.deep.equal([1, 0])
      })

    it('folds numbers in rank order, with the same bits on all ranks', async () => {
      const values = [0.1, 1e17, -1e17, 0.7, 3e-9]
      const sums = await met(5, (comm) => comm.allreduce(values[comm.rank] as number, Op.sum))
      for (const sum of sums) expect(sum).to.equal((((0.1 + 1e17) - 1e17) + 0.7) + 3e-9) // prettier-ignore
    })

    it('calls that are not awaited keep their order, among each other and with those by messages', async () => {
      const results = await met(3, async (comm) => {
        const arrays = Array.from({ length: 40 }, (_, i) =>
          new Float64Array(i % 3 === 0 ? 20_000 : 3).fill(comm.rank + i),
        )
        const calls = arrays.flatMap((array, i) => [
          i % 2 === 0 ? comm.allreduceInto(array, Op.sum) : comm.broadcastInto(array, i % 3),
          comm.gather(i, i % 3),
          comm.reduce(array, Op.max, i % 3),
          comm.allgather(array.subarray(0, 10 * i)),
          comm.barrier(),
          comm.broadcast(array.length > 3 ? array : i, 1),
          comm.allgatherInto(new Float64Array(3 * array.length), array),
        ])
        await Promise.all(calls)
        return arrays.map((array) => [array.length, array[0], array.at(-1)])
      })
      const expected = Array.from({ length: 40 }, (_, i) => {
        const value = i % 2 === 0 ? 3 + 3 * i : (i % 3) + i
        return [i % 3 === 0 ? 20_000 : 3, value, value]
      })
      for (const result of results) expect(result).to.deep.equal(expected)
    }).timeout(20_000)

    it('calls that are not awaited, begun at any moment, keep their order from before the board is used', async () => {
      const job = await makeJob(3, open)
      const results = await Promise.all(
        job.ranks.map(async (comm) => {
          const random = new Random(comm.rank + 1)
          const targets: Float64Array[] = []
          const calls: Promise<unknown>[] = []
          for (let i = 0; i < 60; i++) {
            const target = new Float64Array(2).fill(i % 3 === comm.rank ? i : -1)
            targets.push(target)
            calls.push(
              comm.broadcastInto(target, i % 3),
              i % 2 === 0 ? comm.gather(i, i % 3) : comm.allgather(comm.rank + i),
              i % 5 === 0 ? comm.barrier() : comm.allreduce(i, Op.sum),
            )
            if (random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve))
          }
          const ends = await Promise.all(calls)
          return [targets.map((target) => [...target]), ends]
        }),
      )
      for (const [rank, result] of results.entries()) {
        const ends = Array.from({ length: 60 }, (_, i) => [
          undefined,
          i % 2 === 1 ? [i, i + 1, i + 2] : i % 3 === rank ? [i, i, i] : undefined,
          i % 5 === 0 ? undefined : 3 * i,
        ]).flat(1)
        expect(result).to.deep.equal([Array.from({ length: 60 }, (_, i) => [i, i]), ends])
      }
      const before = packets(job)
      await Promise.all(job.ranks.map((comm) => comm.barrier()))
      expect(packets(job)).to.equal(before)
      await job.close()
    })

    for (const length of [2, 100_000])
      it(`a rank that has left before the others open the board does not keep a root from giving them ${length} elements`, async () => {
        const job = await makeJob(3, open)
        const [zero, one, two] = job.ranks as unknown as [Communicator, Communicator, Communicator]
        const target = (): Float64Array => new Float64Array(length)
        for (let i = 0; i < OPENING_CALL; i++) await two.broadcastInto(new Float64Array(2), 2)
        for (const endpoint of job.endpoints) endpoint.departed(2, { how: 'ended', detail: '' })
        const others = [zero, one].map(async (comm) => {
          for (let i = 0; i < OPENING_CALL; i++) await comm.broadcastInto(new Float64Array(2), 2)
        })
        await Promise.all(others)
        const root = async (): Promise<void> => {
          for (let i = 0; i < 200; i++)
            expect(await codeOf(zero.broadcastInto(target().fill(i), 0))).to.equal('ERR_RANK_EXITED')
        }
        const reader = async (): Promise<void> => {
          for (let i = 0; i < 200; i++) {
            const array = target()
            await one.broadcastInto(array, 0)
            expect(array.every((value) => value === i)).to.equal(true)
          }
        }
        await Promise.all([root(), reader()])
        await job.abandon()
      }).timeout(20_000)

    it('the bits of a fold are the same in every run, whenever the ranks come to use the board', async () => {
      const runs: string[][] = []
      for (let run = 0; run < 8; run++) {
        const job = await makeJob(5, open)
        const [first] = await Promise.all(
          job.ranks.map(async (comm) => {
            const random = new Random(10 * run + comm.rank + 1)
            const results: string[] = []
            for (let i = 0; i < 24; i++) {
              while (random.chance(0.6)) await new Promise((resolve) => setImmediate(resolve))
              // Of these the order of the sum shows.
              const array = Float64Array.from({ length: 1000 }, (_, k) => (comm.rank + 1) ** (k % 19) / 3 - i)
              if (i % 3 === 0) await comm.broadcastInto(new Float64Array(9), 4)
              else if (i % 3 === 1) await comm.allreduceInto(array, Op.sum)
              else await comm.reduceInto(array, Op.sum, 0)
              results.push(Buffer.from(array.buffer).toString('base64'))
            }
            return results
          }),
        )
        runs.push(first as string[])
        const before = packets(job)
        await Promise.all(job.ranks.map((comm) => comm.reduce(1, Op.sum, 0)))
        expect(packets(job)).to.equal(before)
        await job.close()
      }
      for (const run of runs) expect(run).to.deep.equal(runs[0])
    })

    it('a call that is refused when the board is about to be used does not count', async () => {
      for (let turn = 0; turn < 20; turn++) {
        const job = await makeJob(3, open)
        const random = new Random(turn + 1)
        const results = await Promise.all(
          job.ranks.map(async (comm) => {
            const sums: number[] = []
            for (let i = 0; i < OPENING_CALL + 4; i++) {
              while (random.chance(0.4))
                expect(() => comm.allreduce('text' as unknown as number, Op.sum)).to.throw(TypeError)
              if (random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve))
              sums.push(await comm.allreduce(i, Op.sum))
            }
            return sums
          }),
        )
        for (const sums of results) expect(sums).to.deep.equal(Array.from({ length: 12 }, (_, i) => 3 * i))
        await job.close()
      }
    })

    it('who waits for a call that was given up before its turn does not disagree', async () => {
      const job = await makeJob(2, open)
      let over = (): void => {}
      const isOver = new Promise<void>((resolve) => (over = resolve))
      const codes = await Promise.all(
        job.ranks.map(async (comm) => {
          await adopt(comm)
          if (comm.rank === 0) {
            const calls = [codeOf(comm.barrier()), codeOf(comm.barrier({ timeout: 30 }))] as const
            void calls[1].then(over)
            await comm.receive(1)
            return Promise.all(calls)
          }
          await isOver
          const own = [await codeOf(comm.barrier()), await codeOf(comm.barrier({ timeout: 60 }))]
          await comm.send('over', 0)
          return own
        }),
      )
      for (const code of codes) expect(code).to.deep.equal(['ok', 'ERR_TIMEOUT'])
      await job.abandon()
    })

    // The others have time to hear of it.
    const limit = ({ rank }: Communicator) => ({ timeout: rank === 0 ? 30 : 20_000 })
    const givenUp: readonly (readonly [string, (comm: Communicator) => readonly Promise<unknown>[]])[] = [
      ['before its turn', (comm) => [comm.barrier(), comm.barrier(limit(comm))]],
      ['half-way', (comm) => [comm.allreduceInto(new Float64Array(50_000), Op.sum, limit(comm))]],
    ]
    for (const [when, call] of givenUp)
      it(`who sees a later call than the one that another rank gave up ${when} is told that it did`, async () => {
        const job = await makeJob(2, open)
        const texts = await Promise.all(
          job.ranks.map(async (comm) => {
            await adopt(comm)
            if (comm.rank === 1) await comm.receive(0)
            const calls = [...call(comm), comm.barrier()].map(textOf)
            if (comm.rank === 0) {
              await calls.at(-2)
              await comm.send('given up', 1)
            }
            return Promise.all(calls)
          }),
        )
        const [zero, one] = texts
        const told =
          /rank 0: (\w+\(.*\) at board\.test\.\w+:\d+), which it gave up: .* timed out after 30 ms(?=; rank 1: \1|$)/
        expect(zero?.at(-2)).to.match(/timed out after 30 ms$/)
        expect(zero?.at(-1)).to.match(told)
        expect(one?.at(-2)).to.match(told)
        await job.abandon()
      })

    it('a call that waits for its turn and may be aborted is no deadlock', async () => {
      const abort = new AbortController()
      await met(
        2,
        async (comm, job) => {
          if (comm.rank === 1) return
          void codeOf(comm.barrier())
          expect(job.endpoints[0]?.activity.isLimited).to.equal(false)
          const second = codeOf(comm.barrier({ signal: abort.signal }))
          expect(job.endpoints[0]?.activity.isLimited).to.equal(true)
          abort.abort()
          expect(await second).to.equal('ERR_ABORTED')
          expect(job.endpoints[0]?.activity.isLimited).to.equal(false)
        },
        'abandon',
      )
    })

    it('a root goes ahead of the others until the board is full, then waits for them', async () => {
      let sent = 0
      await met(3, async (comm) => {
        if (comm.rank === 0) for (; sent < 500; sent++) await comm.broadcastInto(Float64Array.of(sent), 0)
        else {
          // The root has no other way to go on than to fill the board.
          while (sent < 64) await new Promise((resolve) => setImmediate(resolve))
          for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
          if (comm.rank === 2) expect(sent).to.equal(64)
          for (let i = 0; i < 500; i++) {
            const target = new Float64Array(1)
            await comm.broadcastInto(target, 0)
            expect(target[0]).to.equal(i)
          }
        }
      })
      expect(sent).to.equal(500)
    })

    it('a timeout ends a call that waits for others, one that waits for its turn, and one that waits for room', async () => {
      const codes = await met(
        2,
        async (comm) => {
          if (comm.rank === 1) return []
          const started = [comm.barrier({ timeout: 30 }), comm.barrier({ timeout: 60 })]
          return Promise.all(started.map(codeOf))
        },
        'abandon',
      )
      expect(codes[0]).to.deep.equal(['ERR_TIMEOUT', 'ERR_TIMEOUT'])
      const [code] = await met(
        2,
        async (comm) => {
          if (comm.rank === 1) return ''
          for (let i = 0; i < 64; i++) await comm.broadcastInto(new Float64Array(1), 0)
          return codeOf(comm.broadcastInto(new Float64Array(1), 0, { timeout: 30 }))
        },
        'abandon',
      )
      expect(code).to.equal('ERR_TIMEOUT')
    })

    it('a call that times out while it waits for its turn leaves the one before it alone', async () => {
      const results = await met(
        2,
        async (comm) => {
          if (comm.rank === 1) {
            await comm.receive(0)
            return codeOf(comm.barrier())
          }
          const first = comm.barrier()
          const second = await codeOf(comm.barrier({ timeout: 20 }))
          await comm.send('now', 1)
          return [second, await codeOf(first)]
        },
        'abandon',
      )
      expect(results).to.deep.equal([['ERR_TIMEOUT', 'ok'], 'ok'])
    })

    it('a call that fails leaves nothing behind that waits', async () => {
      const busy = await met(
        3,
        async (comm, job) => {
          if (comm.rank === 0) expect(await codeOf(comm.barrier({ timeout: 20 }))).to.equal('ERR_TIMEOUT')
          return job.endpoints[comm.rank]?.activity.isBusy
        },
        'abandon',
      )
      expect(busy).to.deep.equal([false, false, false])
    })

    it('who waits for a rank that has ended hears of it, and so does a root whom it will never hear', async () => {
      const results = await met(
        3,
        async (comm, job) => {
          if (comm.rank === 2) {
            for (const endpoint of job.endpoints) endpoint.departed(2, { how: 'ended', detail: '' })
            return []
          }
          await new Promise((resolve) => setImmediate(resolve))
          const barrier = await codeOf(comm.barrier())
          if (comm.rank !== 0) return [barrier, '']
          const text = await textOf(comm.broadcastInto(new Float64Array(1), 0))
          expect(text).to.match(/^broadcastInto\(.*\) at board\.test\.\w+:\d+ cannot complete: rank 2 has ended$/)
          return [barrier, await codeOf(comm.broadcastInto(new Float64Array(1), 0))]
        },
        'abandon',
      )
      expect(results).to.deep.equal([['ERR_RANK_EXITED', 'ERR_RANK_EXITED'], ['ERR_RANK_EXITED', ''], []])
    })

    it('who has to wait for room is woken, although it sleeps for something else already', async () => {
      await met(2, async (comm) => {
        const count = 100
        if (comm.rank === 0) {
          const last = comm.receive(1)
          await new Promise((resolve) => setTimeout(resolve, 20))
          for (let i = 0; i < count; i++) await comm.broadcastInto(Float64Array.of(i), 0)
          await last
        } else {
          await new Promise((resolve) => setTimeout(resolve, 40))
          for (let i = 0; i < count; i++) await comm.broadcastInto(new Float64Array(1), 0)
          await comm.send('read', 0)
        }
      })
    })

    it('a rank that has left does not keep a root from giving the others what is theirs', async () => {
      let leave = (): void => {}
      const hasLeft = new Promise<void>((resolve) => (leave = resolve))
      const results = await met(
        3,
        async (comm, job) => {
          const small = Array.from({ length: 20 }, (_, i) => new Float64Array(1).fill(comm.rank === 0 ? i : -1))
          const large = Array.from({ length: 20 }, (_, i) => new Float64Array(1000).fill(comm.rank === 0 ? i : -1))
          if (comm.rank === 1) {
            for (const target of small.slice(0, 16)) await comm.broadcastInto(target, 0)
            for (const endpoint of job.endpoints) endpoint.departed(1, { how: 'ended', detail: '' })
            leave()
            return []
          }
          const codes = new Set<string>()
          for (const [i, target] of [...small, ...large].entries()) {
            // The other one reads late: the root waits for it first.
            if (comm.rank === 2 && i === 0) await new Promise((resolve) => setTimeout(resolve, 40))
            if (comm.rank === 0 && i === small.length) await hasLeft
            codes.add(await codeOf(comm.broadcastInto(target, 0)))
          }
          for (const targets of [small, large])
            for (const [i, target] of targets.entries()) expect(target.at(-1)).to.equal(i)
          return [...codes]
        },
        'abandon',
      )
      expect(results).to.deep.equal([['ok', 'ERR_RANK_EXITED'], [], ['ok']])
    })

    /** A program for ranks that can read each other's memory. */
    const lending =
      <T>(program: Program<T>): Program<T> =>
      async (comm, job) => {
        // Each finds that out when it first uses the board.
        await comm.barrier()
        expect(job.endpoints[comm.rank]?.assembly()?.lends).to.equal(true)
        return program(comm, job)
      }
    /** Bytes. */
    const LENT = 2 ** 18

    for (const size of [3, 4])
      it(`broadcasts large arrays on ${size} ranks from the memory of every root, awaited or not`, async () => {
        await met(
          size,
          lending(async (comm) => {
            for (const type of SOME_TYPES) {
              const length = Math.ceil(LENT / type.BYTES_PER_ELEMENT) + 7
              const targets = Array.from({ length: size }, (_, root) =>
                comm.rank === root ? operand(type, length, root) : new type(length),
              )
              await Promise.all(targets.map((target, root) => comm.broadcastInto(target, root)))
              for (const [root, target] of targets.entries())
                expect(Buffer.compare(bytes(target), bytes(operand(type, length, root)))).to.equal(0)
            }
          }),
        )
      }).timeout(20_000)

    it('the root of a large array may change it when its call is over, and not before all have it', async () => {
      const received = await met(
        3,
        lending(async (comm) => {
          const target = new Float64Array(LENT / 8)
          const seen: (number | undefined)[] = []
          for (let i = 1; i <= 20; i++) {
            if (comm.rank === 0) target.fill(i)
            // One comes late each time, while the root sleeps.
            else if (comm.rank === 1 + (i % 2)) await new Promise((resolve) => setTimeout(resolve, 3))
            await comm.broadcastInto(target, 0)
            seen.push(target[0], target.at(-1))
          }
          return seen
        }),
      )
      const expected = Array.from({ length: 40 }, (_, i) => (i >> 1) + 1)
      for (const seen of received) expect(seen).to.deep.equal(expected)
    })

    it('large blocks may be changed when the call that gathered them is over, and not before all have them', async () => {
      const count = 50_000
      const seen = await met(
        4,
        lending(async (comm) => {
          const target = new Float64Array(4 * count)
          let wrong = 0
          for (let i = 1; i <= 10; i++) {
            if (comm.rank === i % 4) await new Promise((resolve) => setTimeout(resolve, 3))
            await comm.allgatherInto(target, new Float64Array(count).fill(10 * i + comm.rank))
            wrong += target.filter((element, at) => element !== 10 * i + Math.floor(at / count)).length
            target.fill(-1)
          }
          return wrong
        }),
      )
      expect(seen).to.deep.equal([0, 0, 0, 0])
    })

    it('what a root lent whose call has timed out reaches nobody', async () => {
      const results = await met(
        3,
        lending(async (comm) => {
          const target = new Float64Array(LENT / 8).fill(comm.rank)
          if (comm.rank === 0) {
            const code = await codeOf(comm.broadcastInto(target, 0, { timeout: 30 }))
            for (const rank of [1, 2]) await comm.send('over', rank)
            for (const rank of [1, 2]) await comm.receive(rank)
            return [code, 0]
          }
          await comm.receive(0)
          const code = await codeOf(comm.broadcastInto(target, 0, { timeout: 60 }))
          await comm.send('over', 0)
          return [code, target[0]]
        }),
        'abandon',
      )
      expect(results).to.deep.equal([
        ['ERR_TIMEOUT', 0],
        ['ERR_TIMEOUT', 1],
        ['ERR_TIMEOUT', 2],
      ])
    })

    it('a root that gives up what it lends says where it was called, however many calls came before', async () => {
      const results = await met(
        3,
        lending(async (comm) => {
          // Of so many in a row no line is noted but of the first ones.
          for (let i = 0; i < 40; i++) await comm.broadcastInto(new Float64Array(3), 0)
          if (comm.rank === 0) {
            const text = await textOf(comm.broadcastInto(new Float64Array(LENT / 8), 0, { timeout: 30 }))
            for (const rank of [1, 2]) await comm.send('over', rank)
            return [text]
          }
          await comm.receive(0)
          return []
        }),
        'abandon',
      )
      expect(results[0]?.[0]).to.match(
        /^broadcastInto\(source 1, tag \d+\) at board\.test\.\w+:\d+ timed out after 30 ms$/,
      )
    })

    it('who gave a call up does not keep what the root lends for it: the root and the others go on', async () => {
      const results = await met(
        3,
        lending(async (comm) => {
          const target = new Float64Array(LENT / 8).fill(comm.rank)
          if (comm.rank === 0) await comm.receive(1)
          const timeout = comm.rank === 1 ? 30 : 5000
          const code = await codeOf(comm.broadcastInto(target, 0, { timeout }))
          if (comm.rank === 1) {
            await comm.send('given up', 0)
            await comm.receive(0)
          } else if (comm.rank === 0) await comm.send('over', 1)
          return [code, target[0]]
        }),
        'abandon',
      )
      expect(results).to.deep.equal([
        ['ok', 0],
        ['ERR_TIMEOUT', 1],
        ['ok', 0],
      ])
    })

    it('a rank that leaves without what was lent is told of, and the others get it', async () => {
      const results = await met(
        3,
        lending(async (comm, job) => {
          const target = new Float64Array(LENT / 8).fill(comm.rank)
          if (comm.rank === 1) {
            await comm.receive(2)
            for (const endpoint of job.endpoints) endpoint.departed(1, { how: 'ended', detail: '' })
            return []
          }
          if (comm.rank === 2) {
            await comm.send('now', 1)
            await new Promise((resolve) => setTimeout(resolve, 30))
          }
          const first = await codeOf(comm.broadcastInto(target, 0))
          return [first, await codeOf(comm.broadcastInto(target, 0)), target[0]]
        }),
        'abandon',
      )
      expect(results).to.deep.equal([['ERR_RANK_EXITED', 'ERR_RANK_EXITED', 0], [], ['ok', 'ok', 0]])
    })

    it('who was not given what was due when a call timed out waits for it, and does not call that a disagreement', async () => {
      let over = (): void => {}
      const isOver = new Promise<void>((resolve) => (over = resolve))
      const codes = await met(
        3,
        async (comm) => {
          const target = new Float64Array(1_000_000)
          if (comm.rank === 0) {
            const code = await codeOf(comm.broadcastInto(target, 0, { timeout: 30 }))
            over()
            await comm.receive(1)
            await comm.receive(2)
            return code
          }
          await isOver
          const code = await codeOf(comm.broadcastInto(target, 0, { timeout: 60 }))
          await comm.send('over', 0)
          return code
        },
        'abandon',
      )
      expect(codes).to.deep.equal(['ERR_TIMEOUT', 'ERR_TIMEOUT', 'ERR_TIMEOUT'])
    })

    it('calls that wait for others fail when communication is given up', async () => {
      const job = await makeJob(2, open)
      const comm = job.ranks[0] as Communicator
      const calls = [
        comm.barrier(),
        comm.barrier(),
        comm.broadcastInto(new Float64Array(100_000), 0),
        comm.allgather('x'.repeat(100_000)),
      ].map(codeOf)
      await job.abandon()
      expect(await Promise.all(calls)).to.deep.equal(['ERR_ABORTED', 'ERR_ABORTED', 'ERR_ABORTED', 'ERR_ABORTED'])
    })

    it('calls made before it is known whether the board is used count when they disagree', async () => {
      const job = await makeJob(2, open)
      const texts = await Promise.all(
        job.ranks.map((comm) =>
          Promise.all([
            textOf(comm.barrier()),
            textOf(comm.barrier()),
            textOf(comm.rank === 0 ? comm.gather(1, 0) : comm.barrier()),
          ]),
        ),
      )
      for (const [first, second, third] of texts) {
        expect([first, second]).to.deep.equal(['ok', 'ok'])
        expect(third).to.match(/disagree on its collective number 3: rank \d: \w+\(.*\) at .*; rank \d: \w+\(.*\)/)
      }
      await job.abandon()
    })

    for (const isMet of [true, false])
      it(`a call with an illegal argument does not count, ${isMet ? 'on the board' : 'before the board is used'}`, async () => {
        const job = await makeJob(2, open)
        const results = await Promise.all(
          job.ranks.map(async (comm) => {
            if (isMet) await adopt(comm)
            // Because of it this rank looks at the board.
            const later = comm.rank === 0 ? comm.receive(1) : undefined
            if (comm.rank === 0) {
              expect(() => comm.allreduce('text' as unknown as number, Op.sum)).to.throw(TypeError, 'Op.sum takes')
              // What the other one calls meanwhile arrives here.
              for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
            }
            const sum = await comm.allreduce(1, Op.sum)
            await (comm.rank === 0 ? later : comm.send('later', 0))
            return sum
          }),
        )
        expect(results).to.deep.equal([2, 2])
        await job.close()
      })

    const disagreements: readonly (readonly [string, Program<unknown>, Program<unknown>])[] = [
      ['barrier, allreduce', (comm) => comm.barrier(), (comm) => comm.allreduce(1, Op.sum)],
      [
        'allreduce of 3, of 4',
        (comm) => comm.allreduceInto(new Float64Array(3), Op.sum),
        (comm) => comm.allreduceInto(new Float64Array(4), Op.sum),
      ],
      [
        'allreduce of 3, of 30,000',
        (comm) => comm.allreduceInto(new Float64Array(3), Op.sum),
        (comm) => comm.allreduceInto(new Float64Array(30_000), Op.sum),
      ],
      ['sum, max', (comm) => comm.allreduce(1, Op.sum), (comm) => comm.allreduce(1, Op.max)],
      ['number, bigint', (comm) => comm.allreduce(1, Op.sum), (comm) => comm.allreduce(1n, Op.sum)],
      ['broadcast as root, barrier', (comm) => comm.broadcastInto(new Float64Array(1), 0), (comm) => comm.barrier()],
      ['broadcast, barrier', (comm) => comm.broadcastInto(new Float64Array(1), 1), (comm) => comm.barrier()],
      [
        'broadcast of two roots',
        (comm) => comm.broadcastInto(new Float64Array(1), 0),
        (comm) => comm.broadcastInto(new Float64Array(1), 1),
      ],
      [
        'large broadcast as root, barrier',
        (comm) => comm.broadcastInto(new Float64Array(10_000), 0),
        (comm) => comm.barrier(),
      ],
      [
        'large broadcast, small one',
        (comm) => comm.broadcastInto(new Float64Array(10_000), 0),
        (comm) => comm.broadcastInto(new Float64Array(1), 0),
      ],
      [
        'large broadcast, a little larger one',
        (comm) => comm.broadcastInto(new Float64Array(10_000), 0),
        (comm) => comm.broadcastInto(new Float64Array(10_001), 0),
      ],
      ['barrier, gather to it', (comm) => comm.barrier(), (comm) => comm.gather(1, 0)],
      ['barrier, gather from it', (comm) => comm.barrier(), (comm) => comm.gather(1, 1)],
      [
        'broadcast as root, gather from it',
        (comm) => comm.broadcastInto(new Float64Array(1), 0),
        (comm) => comm.gather(1, 1),
      ],
      ['broadcast of a value as root, barrier', (comm) => comm.broadcast('text', 0), (comm) => comm.barrier()],
      [
        'broadcast of a long value as root, allgather',
        (comm) => comm.broadcast(new Float64Array(100_000), 0),
        (comm) => comm.allgather(1),
      ],
      ['broadcast of a value, of an array', (comm) => comm.broadcast(1, 1), (comm) => comm.broadcastInto(FOUR, 1)],
      ['broadcast of a value, gather from it', (comm) => comm.broadcast(1, 0), (comm) => comm.gather(1, 1)],
      ['allgather, barrier', (comm) => comm.allgather([1]), (comm) => comm.barrier()],
      ['allgather, gather', (comm) => comm.allgather(FOUR), (comm) => comm.gather(FOUR)],
      [
        'long allgather, allgatherInto',
        (comm) => comm.allgather(new Float64Array(60_000)),
        (comm) => comm.allgatherInto(new Float64Array(120_000), new Float64Array(60_000)),
      ],
      [
        'allgatherInto of 4, of 6',
        (comm) => comm.allgatherInto(new Float64Array(4), new Float64Array(2)),
        (comm) => comm.allgatherInto(new Float64Array(6), new Float64Array(3)),
      ],
      [
        'allgatherInto of much, of more',
        (comm) => comm.allgatherInto(new Float64Array(100_000), new Float64Array(50_000)),
        (comm) => comm.allgatherInto(new Float64Array(120_000), new Float64Array(60_000)),
      ],
      ['broadcast, scatter', (comm) => comm.broadcastInto(new Float64Array(1), 1), (comm) => comm.scatter([1, 2], 1)],
    ]
    for (const [what, one, other] of disagreements)
      for (const later of [0, 1])
        it(`ranks that disagree hear of it: ${what}, ${later === 0 ? 'at once' : 'one of them later'}`, async () => {
          const results = await met(
            2,
            async (comm, job) => {
              if (comm.rank === later)
                for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
              const first = await textOf((comm.rank === 0 ? one : other)(comm, job))
              return first === 'ok' ? textOf(comm.barrier()) : first
            },
            'abandon',
            ON_THE_BOARD,
          )
          for (const text of results) {
            expect(text).to.match(/rank \d: \w+\(.*\) at .*; rank \d: \w+\(.*\)/)
            expect(text).to.include(`disagree on its collective number ${ADOPTING_CALLS + 1}: `)
            expect(text).to.match(/board\.test/)
          }
        })

    it('makes new communicators, of a part of the ranks and in another order too', async () => {
      const results = await met(3, async (comm) => {
        const pair = await comm.subset([2, 0])
        const grid = await comm.cartesian([2])
        const turned = await comm.subset([1, 2, 0])
        const again = await comm.duplicate()
        const sums: (number | undefined)[] = []
        for (const made of [pair, grid, turned, again])
          sums.push(await made?.allreduce(comm.rank + 10 ** made.rank, Op.sum))
        return sums
      })
      expect(results).to.deep.equal([
        [13, 12, 114, 114],
        [undefined, 12, 114, 114],
        [13, undefined, 114, 114],
      ])
    })

    it('an algorithm that the user forces is not passed over for the board', async () => {
      const job = await makeJob(3, open, { algorithms: { barrier: 'dissemination', allreduce: 'recursiveDoubling' } })
      await Promise.all(
        job.ranks.map(async (comm) => {
          for (let i = 0; i < 3; i++) await comm.barrier()
          expect(await comm.allreduce(1, Op.sum)).to.equal(3)
        }),
      )
      for (const endpoint of job.endpoints)
        expect(endpoint.activity.packets().map(([, sent]) => sent > 3)).to.include(true)
      await job.close()
    })
  })

/** A network of shared memory in which rank 1 gets less from its system than the others. */
function overPoor(impoverish: (native: Native) => Partial<Native>): OpenNetwork {
  return async (receivers) => {
    const native = loadNative()
    const segment = createSegment(receivers.length, JOB)
    if (typeof native === 'string' || typeof segment === 'string') throw new Error('no shared memory')
    const poor = { ...native, ...impoverish(native) }
    const neighbours = receivers.map((_, rank) => rank)
    const transports = receivers.map((receiver, rank) => {
      const options = { job: JOB, rank, ranks: receivers.length, neighbours, receiver }
      const transport = openSharedMemory(segment.path, options, rank === 1 ? poor : native)
      if (typeof transport === 'string') throw new Error(transport)
      return transport
    })
    return { transports, close: () => segment.close() }
  }
}

describe('ranks of which one may not read the memory of the others', () => {
  const broadcasts = async (comm: Communicator): Promise<string[]> => {
    await adopt(comm)
    const ends: string[] = []
    for (let root = 0; root < 3; root++) {
      const target = new Float64Array(200_000).fill(comm.rank)
      const code = await codeOf(comm.broadcastInto(target, root, { timeout: 5000 }))
      ends.push(code === 'ok' ? String(target[0]) : code)
    }
    return ends
  }

  it('show each other large arrays on the board', async () => {
    const job = await makeJob(
      3,
      overPoor(() => ({ read: () => false })),
    )
    const ends = await Promise.all(job.ranks.map(broadcasts))
    for (const end of ends) expect(end).to.deep.equal(['0', '1', '2'])
    expect(job.endpoints.map((endpoint) => endpoint.assembly()?.lends)).to.deep.equal([false, false, false])
    await job.close()
  })

  it('hear of it when that changes later', async () => {
    const job = await makeJob(
      3,
      overPoor((native) => ({
        read: (pid, address, target) => target.byteLength < 100 && native.read(pid, address, target),
      })),
    )
    await Promise.all(job.ranks.map(adopt))
    // The root waits for the one that cannot read, until it is told not to.
    const abort = new AbortController()
    const [root, ...others] = job.ranks.map((comm) =>
      textOf(comm.broadcastInto(new Float64Array(600_000), 0, comm.rank === 0 ? { signal: abort.signal } : {})),
    )
    const [refused, served] = await Promise.all(others)
    abort.abort()
    expect(await root).to.match(/aborted/)
    expect(refused).to.equal(
      'broadcastInto: rank 1 cannot read the memory of rank 0 any more: it has died, or something has restricted ptrace; ' +
        '--transport zmq does without',
    )
    expect(served).to.equal('ok')
    await job.abandon()
  })

  it('who cannot read one block of many any more lets the others have its own before it fails', async () => {
    let refusals = 0
    const refuse = (): boolean => {
      refusals++
      return false
    }
    const job = await makeJob(
      3,
      overPoor((native) => ({
        read: (pid, address, target) => (target.byteLength < 100 ? native.read(pid, address, target) : refuse()),
      })),
    )
    await Promise.all(job.ranks.map(adopt))
    const abort = new AbortController()
    const targets = job.ranks.map(() => new Float64Array(150_000))
    const calls = [1, 2, 0].map(async (rank) => {
      while (rank === 0 && refusals === 0) await new Promise((resolve) => setImmediate(resolve))
      const target = targets[rank] as Float64Array
      const options = rank === 1 ? {} : { signal: abort.signal }
      return textOf((job.ranks[rank] as Communicator).allgatherInto(target, new Float64Array(50_000).fill(7), options))
    })
    expect(await calls[0]).to.match(/^allgatherInto: rank 1 cannot read the memory of rank 2 any more/)
    for (const rank of [0, 2]) expect(targets[rank]?.subarray(50_000, 100_000).every((x) => x === 7)).to.equal(true)
    // They wait for the one that cannot read.
    abort.abort()
    for (const call of calls.slice(1)) expect(await call).to.match(/aborted/)
    await job.abandon()
  })
})

describe('ranks of which one has no room for the board', () => {
  const open = overPoor((native) => ({
    // For its rings only.
    reserve: (fd, at, size) => (size > 2 ** 20 ? 28 : native.reserve(fd, at, size)),
  }))

  it('all go by messages', async () => {
    const job = await makeJob(3, open)
    const sums = await Promise.all(
      job.ranks.map(async (comm) => {
        const first = [comm.barrier(), comm.allreduce(comm.rank, Op.sum)]
        await adopt(comm)
        const before = packets(job)
        const sum = await comm.allreduce(1, Op.sum)
        return [await first[1], sum, packets(job) > before]
      }),
    )
    expect(sums).to.deep.equal([[3, 3, true], [3, 3, true], [3, 3, true]]) // prettier-ignore
    await job.close()
  })
})

function bytes(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
