/** Gather, scatter and reduce of ranks that share memory: what they show is for one rank, and the others pass over it. */
import { expect } from 'chai'
import { Op } from '../../src/collectives/op.ts'
import type { Communicator } from '../../src/comm/communicator.ts'
import type { TypedArray } from '../../src/wire/element-type.ts'
import type { JobOptions } from '../support/job.ts'
import { NETWORKS } from '../support/networks.ts'
import { codeOf, onBoard, packets, textOf, type Program } from '../support/on-board.ts'
import { blocksOf, lengthsFor, operand, ranks, SIZES, SOME_TYPES } from '../support/oracle.ts'

/** Of all kinds: in the head, in one piece, in several, lent. */
const VALUES: readonly unknown[] = [
  7.5,
  -0,
  undefined,
  null,
  12345678901234567890n,
  '',
  'a text of more than thirty-two bytes, with ünïcödé',
  { name: 'record', list: [1, 'two', { three: 3 }], when: new Date(5) },
  new Map([['key', new Set([1, 2])]]),
  Float64Array.of(1, 2, 3, 4),
  Float64Array.of(1, 2, 3, 4, 5),
  new Int16Array(0),
  Int16Array.from({ length: 17 }, (_, i) => i),
  Uint8Array.from([1, 2, 3]).buffer,
  new DataView(new ArrayBuffer(33)),
  new Uint8Array(65_536).fill(8),
  Float64Array.from({ length: 32_768 }, (_, i) => i / 3),
  Float64Array.from({ length: 150_000 }, (_, i) => i / 3),
  { matrix: new Float64Array(20_000).fill(2), text: 'x'.repeat(100_000) },
]
/** Elements of a Float64Array: a line, a slot, one piece, just one of full length, several, lent, lent between two ranks. */
const LENGTHS = [3, 100, 8000, 32_768, 40_000, 600_000] as const

function bytes(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

function same(array: TypedArray, other: TypedArray): void {
  expect(array.constructor).to.equal(other.constructor)
  expect(Buffer.compare(bytes(array), bytes(other))).to.equal(0)
}

const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve))

for (const { name, open } of NETWORKS.filter((network) => network.name.startsWith('shared memory')))
  describe(`collectives with a root on the board: ${name}`, () => {
    const met = <T>(size: number, program: Program<T>, end?: 'close' | 'abandon', options?: JobOptions): Promise<T[]> =>
      onBoard(open, size, program, end, options)

    for (const size of SIZES)
      it(`gathers and scatters arrays of ${size} ranks, of every type, length, cut and root, without a message`, async () => {
        await met(size, async (comm, job) => {
          const before = packets(job)
          for (const type of SOME_TYPES)
            for (const length of [...lengthsFor(size), 2000, 20_000 * size]) {
              const whole = operand(type, length, 1)
              const uneven = ranks(size).map((rank) => (rank === size - 1 ? length : 0))
              for (const counts of [undefined, uneven])
                for (let root = 0; root < size; root += length > 5000 ? 3 : 1) {
                  const options = counts === undefined ? {} : { counts }
                  const block = blocksOf(whole, size, counts)[comm.rank] as TypedArray
                  const isRoot = comm.rank === root
                  const target: TypedArray = new type(length)
                  await comm.gatherInto(isRoot ? target : undefined, block, root, options)
                  same(target, isRoot ? whole : new type(length))
                  const own: TypedArray = new type(block.length)
                  await comm.scatterInto(own, isRoot ? whole : undefined, root, options)
                  same(own, block)
                }
            }
          expect(packets(job)).to.equal(before)
        })
      }).timeout(60_000)

    for (const size of SIZES)
      it(`gathers and scatters values of all kinds and lengths of ${size} ranks, for every root, without a message`, async () => {
        await met(size, async (comm, job) => {
          const before = packets(job)
          for (const [i] of VALUES.entries()) {
            const root = i % size
            const dealt = ranks(size).map((rank) => VALUES[(i + rank) % VALUES.length])
            const own = dealt[comm.rank]
            const all = await comm.gather(own, root)
            expect(all).to.deep.equal(comm.rank === root ? dealt : undefined)
            const one = await comm.scatter(comm.rank === root ? dealt : undefined, root)
            expect(one).to.deep.equal(own)
            if (typeof own === 'object' && own !== null) {
              expect(all?.[root]).to.not.equal(own)
              expect(one).to.not.equal(own)
            }
          }
          const array = Float32Array.from({ length: 1001 }, (_, i) => i)
          const part = await comm.scatter(comm.rank === 0 ? array : undefined)
          same(part, blocksOf(array, size)[comm.rank] as TypedArray)
          expect(packets(job)).to.equal(before)
        })
      }).timeout(60_000)

    it('fills and deals out in place, and where the root’s target is among the values of others', async () => {
      await met(3, async (comm) => {
        for (const length of [6, 3000, 300_000]) {
          const array = Float64Array.from({ length }, (_, i) => i)
          const place = array.subarray((comm.rank * length) / 3, ((comm.rank + 1) * length) / 3)
          const target = new Float64Array(length)
          const own = target.subarray((comm.rank * length) / 3, ((comm.rank + 1) * length) / 3)
          own.set(place)
          await comm.gatherInto(target, own, 1)
          if (comm.rank === 1) same(target, array)
          // The root's block goes where that of the first is.
          const dealt = comm.rank === 1 ? array.slice() : undefined
          const mine = dealt?.subarray(0, length / 3) ?? new Float64Array(length / 3)
          await comm.scatterInto(mine, dealt, 1)
          same(mine, place)
        }
      })
    })

    const givings: Record<string, (comm: Communicator, root: number, i: number) => Promise<unknown>> = {
      gather: (comm, root, i) => comm.gather(i, root),
      'gather of texts': (comm, root, i) => comm.gather(`${i}`.repeat(30), root),
      gatherInto: (comm, root, i) =>
        comm.gatherInto(comm.rank === root ? new Float64Array(comm.size) : undefined, Float64Array.of(i), root),
      'gatherInto of 16 KiB': (comm, root) =>
        comm.gatherInto(
          comm.rank === root ? new Uint8Array(comm.size << 14) : undefined,
          new Uint8Array(1 << 14),
          root,
        ),
      reduce: (comm, root, i) => comm.reduce(i, Op.sum, root),
      reduceInto: (comm, root, i) => comm.reduceInto(Float64Array.of(i, i), Op.sum, root),
    }
    for (const [what, give] of Object.entries(givings)) {
      it(`who only gives waits neither for the root nor for others: ${what}`, async () => {
        const calls = 20
        const ready: number[] = []
        await met(4, async (comm) => {
          // One after the other, the root last.
          while (ready.length < comm.rank) await turn()
          for (let i = 0; i < calls; i++) await give(comm, 3, i)
          ready.push(comm.rank)
        })
        expect(ready).to.deep.equal([0, 1, 2, 3])
      })

      it(`who has given all and does nothing more does not hold up who gives to others: ${what}`, async () => {
        await met(3, async (comm) => {
          const calls = 200
          if (comm.rank === 1) {
            for (let i = 0; i < calls; i++) await give(comm, 0, i)
            await comm.send('given', 2)
          } else if (comm.rank === 2) {
            // Rank 1 is far ahead then, if it does not wait for this one.
            for (let i = 0; i < 50; i++) await give(comm, 0, i)
            for (let i = 50; i < calls; i++) await give(comm, 0, i)
          } else for (let i = 0; i < calls; i++) await give(comm, 0, i)
        })
      })
    }

    it('calls that are not awaited keep their order', async () => {
      await met(3, async (comm) => {
        const results: Promise<unknown>[] = []
        const expected: unknown[] = []
        for (let i = 0; i < 150; i++) {
          const root = i % 3
          const isRoot = comm.rank === root
          const long = i % 7 === 0
          const value = long ? 'x'.repeat(70_000 + i) : i
          const target = new Float64Array(3)
          results.push(comm.gather(value, root))
          expected.push(isRoot ? [value, value, value] : undefined)
          results.push(comm.scatter(isRoot ? [i, value, i] : undefined, root))
          expected.push(comm.rank === 1 ? value : i)
          results.push(
            comm.gatherInto(isRoot ? target : undefined, Float64Array.of(i + comm.rank), root).then(() => [...target]),
          )
          expected.push(isRoot ? [i, i + 1, i + 2] : [0, 0, 0])
          results.push(comm.reduce(i, Op.sum, root), comm.allreduce(i, Op.sum))
          expected.push(isRoot ? 3 * i : undefined, 3 * i)
        }
        expect(await Promise.all(results)).to.deep.equal(expected)
      })
    }).timeout(30_000)

    it('values may be changed after the call, arrays when it is over', async () => {
      await met(3, async (comm) => {
        for (const length of LENGTHS) {
          const value = { list: [comm.rank], text: 'x'.repeat(length) }
          const gathered = comm.gather(value, 0)
          const scattered = comm.scatter(comm.rank === 0 ? [value, value, value] : undefined)
          value.list[0] = 99
          value.text = ''
          for (const [rank, got] of ((await gathered) ?? []).entries())
            expect(got).to.deep.equal({ list: [rank], text: 'x'.repeat(length) })
          expect(await scattered).to.deep.equal({ list: [0], text: 'x'.repeat(length) })

          // Nobody takes anything for a while.
          const array = new Float64Array(length).fill(comm.rank)
          const target = new Float64Array(3 * length)
          if (comm.rank === 0) for (let i = 0; i < 20; i++) await turn()
          await comm.gatherInto(comm.rank === 0 ? target : undefined, array, 0)
          array.fill(-1)
          if (comm.rank > 0) for (let i = 0; i < 20; i++) await turn()
          await comm.scatterInto(array, comm.rank === 0 ? target : undefined, 0)
          if (comm.rank === 0) target.fill(-1)
          expect(array.every((element) => element === comm.rank)).to.equal(true)
        }
      })
    }).timeout(30_000)

    for (const length of LENGTHS)
      for (const other of [length - 1, 2 * length, 20])
        it(`a block of ${other} elements where ${length} are due is refused by who gets it, and the ranks go on`, async () => {
          const results = await met(3, async (comm) => {
            const isRoot = comm.rank === 0
            const own = new Float64Array(comm.rank === 1 ? other : length).fill(comm.rank)
            const whole = new Float64Array(3 * length)
            const texts = [await textOf(comm.gatherInto(isRoot ? whole : undefined, own, 0))]
            expect(whole[3 * length - 1]).to.equal(isRoot ? 2 : 0)
            texts.push(await textOf(comm.scatterInto(own, isRoot ? whole.fill(7) : undefined, 0)))
            expect(own[0]).to.equal(comm.rank === 1 ? 1 : 7)
            await comm.barrier()
            return texts
          })
          const [given, due] = [8 * other, 8 * length]
          expect(results).to.deep.equal([
            [`gatherInto: rank 1 gives ${given} bytes, its block has ${due}`, 'ok'],
            ['ok', `scatterInto: a block of ${due} bytes does not fit into one of ${given}`],
            ['ok', 'ok'],
          ])
        })

    for (const length of LENGTHS) {
      const gone: Record<string, (comm: Communicator, root: number) => Promise<unknown>> = {
        gather: (comm, root) => comm.gather(new Float64Array(length), root),
        gatherInto: (comm, root) =>
          comm.gatherInto(
            comm.rank === root ? new Float64Array(3 * length) : undefined,
            new Float64Array(length),
            root,
          ),
        scatter: (comm, root) => comm.scatter(comm.rank === root ? new Float64Array(3 * length) : undefined, root),
        scatterInto: (comm, root) =>
          comm.scatterInto(
            new Float64Array(length),
            comm.rank === root ? new Float64Array(3 * length) : undefined,
            root,
          ),
        reduceInto: (comm, root) => comm.reduceInto(new Float64Array(length), Op.sum, root),
      }
      // Of such arrays each rank folds a part.
      if (length === 600_000) delete gone['reduceInto']
      for (const [what, call] of Object.entries(gone))
        for (const root of [0, 1])
          it(`${what} of ${length} elements for rank ${root}: who needs a rank that has left is told, and nobody else`, async () => {
            const codes = await met(
              3,
              async (comm, job) => {
                if (comm.rank === 1) {
                  for (const endpoint of job.endpoints) endpoint.departed(1, { how: 'failed', detail: '' })
                  return 'left'
                }
                await turn()
                return codeOf(call(comm, root))
              },
              'abandon',
            )
            const isTold = (rank: number): boolean => root === 1 || rank === root
            expect(codes).to.deep.equal(
              ranks(3).map((rank) => (rank === 1 ? 'left' : isTold(rank) ? 'ERR_RANK_FAILED' : 'ok')),
            )
          })
    }

    it('who has heard that it lent in vain goes on with the others', async () => {
      const results = await met(
        3,
        async (comm, job) => {
          if (comm.rank === 2) {
            for (const endpoint of job.endpoints) endpoint.departed(2, { how: 'ended', detail: '' })
            return 'left'
          }
          await turn()
          const given = comm.rank === 1 ? await codeOf(comm.gatherInto(undefined, new Float64Array(100_000), 2)) : ''
          // Rank 0 looks only now.
          if (comm.rank === 0) for (let i = 0; i < 20; i++) await turn()
          const blind = comm.rank === 0 ? await codeOf(comm.gatherInto(undefined, new Float64Array(3), 2)) : given
          const target = new Float64Array(3).fill(comm.rank)
          expect(await codeOf(comm.broadcastInto(target, 1))).to.equal(comm.rank === 1 ? 'ERR_RANK_EXITED' : 'ok')
          expect(target[2]).to.equal(1)
          return blind
        },
        'abandon',
      )
      expect(results).to.deep.equal(['ERR_RANK_EXITED', 'ERR_RANK_EXITED', 'left'])
    })

    for (const [what, call] of Object.entries({
      gatherInto: (comm: Communicator, root: number) =>
        comm.gatherInto(comm.rank === root ? new Float64Array(300_000) : undefined, new Float64Array(100_000), root),
      scatterInto: (comm: Communicator, root: number) =>
        comm.scatterInto(
          new Float64Array(100_000),
          comm.rank === root ? new Float64Array(300_000).fill(5) : undefined,
          root,
        ),
      scatter: (comm: Communicator, root: number) =>
        comm.scatter(comm.rank === root ? new Float64Array(300_000) : undefined, root),
    }))
      it(`who leaves when it has given and taken all is missed by nobody: ${what} of large blocks`, async () => {
        for (const root of [0, 1]) {
          const codes = await met(
            3,
            async (comm, job) => {
              if (comm.rank === 2) for (let i = 0; i < 50; i++) await turn()
              const code = await codeOf(call(comm, root))
              if (comm.rank === 1)
                for (const endpoint of job.endpoints) endpoint.departed(1, { how: 'ended', detail: '' })
              return code
            },
            'abandon',
          )
          expect(codes).to.deep.equal(['ok', 'ok', 'ok'])
        }
      })

    for (const what of ['gather', 'gatherInto'] as const)
      it(`a root that misses one rank does not wait for the others, who may lend all the same: ${what}`, async () => {
        const results = await met(
          3,
          async (comm, job) => {
            if (comm.rank === 1) {
              for (const endpoint of job.endpoints) endpoint.departed(1, { how: 'failed', detail: '' })
              return 'left'
            }
            await turn()
            if (comm.rank === 2) await comm.receive(0)
            const block = new Float64Array(100_000)
            const code = await codeOf(
              what === 'gather'
                ? comm.gather(block, 0)
                : comm.gatherInto(comm.rank === 0 ? new Float64Array(300_000) : undefined, block, 0),
            )
            if (comm.rank === 0) await comm.send('it failed', 2)
            return code
          },
          'abandon',
        )
        expect(results).to.deep.equal(['ERR_RANK_FAILED', 'left', 'ok'])
      })

    it('what no message carries fails the call of who gives it, which counts', async () => {
      const results = await met(
        3,
        async (comm) => {
          const wrong = { callback: () => 1 }
          const gathered = comm.gather(comm.rank === 1 ? wrong : 1, 0, { timeout: 200 })
          const text = await textOf(gathered)
          return comm.rank === 1 ? text.includes('callback') : text
        },
        'abandon',
      )
      expect(results[0]).to.include('gather(source 1').and.include('200 ms')
      expect(results.slice(1)).to.deep.equal([true, 'ok'])
      const dealt = await met(
        2,
        async (comm) => {
          const scattered = comm.scatter(comm.rank === 0 ? [1, { callback: () => 1 }] : undefined)
          scattered.catch(() => {})
          return comm.rank === 0 ? (await textOf(scattered)).includes('callback') : true
        },
        'abandon',
      )
      expect(dealt).to.deep.equal([true, true])
    })

    it('what a rank lent to a root whose call has timed out reaches nobody', async () => {
      const results = await met(
        2,
        async (comm) => {
          const array = new Float64Array(600_000).fill(comm.rank)
          const target = new Float64Array(1_200_000).fill(-1)
          if (comm.rank === 1) {
            const code = await codeOf(comm.gatherInto(undefined, array, 0, { timeout: 30 }))
            await comm.send('over', 0)
            return code
          }
          await comm.receive(1)
          const code = await codeOf(comm.gatherInto(target, array, 0, { timeout: 30 }))
          expect(target.subarray(600_000).every((element) => element === -1)).to.equal(true)
          return code
        },
        'abandon',
      )
      expect(results).to.deep.equal(['ERR_TIMEOUT', 'ERR_TIMEOUT'])
    })
  })
