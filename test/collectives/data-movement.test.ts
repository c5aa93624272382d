import { expect } from 'chai'
import { allgather, allgatherInto } from '../../src/collectives/allgather.ts'
import { alltoall, alltoallInto } from '../../src/collectives/alltoall.ts'
import { allocateLike, copyOf } from '../../src/collectives/array.ts'
import { barrier } from '../../src/collectives/barrier.ts'
import { broadcast, broadcastInto } from '../../src/collectives/broadcast.ts'
import { gather, gatherInto } from '../../src/collectives/gather.ts'
import { scatter, scatterInto } from '../../src/collectives/scatter.ts'
import { algorithmsOf } from '../../src/collectives/select.ts'
import type { TypedArray } from '../../src/wire/element-type.ts'
import { ChannelNetwork } from '../support/channels.ts'
import { onNetwork } from '../support/on-network.ts'
import { blocksOf, lengthsFor, operand, ranks, SIZES, SOME_TYPES } from '../support/oracle.ts'

/** Values of every kind, of different type and size from rank to rank. */
function valueOf(rank: number): unknown {
  const kinds = [
    rank,
    `text ${rank}`,
    { rank, list: [rank, [rank]] },
    new Float64Array(rank).fill(rank),
    undefined,
    new Map([[rank, null]]),
    new Uint8Array(0),
    2n ** BigInt(rank),
    [new Int16Array([rank, -rank])],
  ]
  return kinds[rank % kinds.length]
}

const filled = (array: TypedArray): TypedArray => {
  const marked = allocateLike(array, array.length)
  marked.fill((array instanceof BigInt64Array ? 99n : 99) as never)
  return marked
}

/** Counts that add up to `length` with empty and long blocks among them. */
function unevenCounts(size: number, length: number): number[] {
  return ranks(size).map((rank) => (rank === size >> 1 ? length - Math.min(length, size >> 1) : rank < Math.min(length, size >> 1) ? 1 : 0)) // prettier-ignore
}

describe('data movement', () => {
  const placements: [string, (rank: number) => number][] = [
    ['one host, as far as is known', () => 0],
    ['hosts of three', (rank) => Math.floor(rank / 3)],
    ['three hosts in turn', (rank) => rank % 3],
    ['hosts at random', (rank) => (rank * rank * 7) % 5],
  ]
  for (const [where, host] of placements)
    it(`barrier on ${where} lets nobody leave before all have entered, and few cross`, async () => {
      for (const size of SIZES) {
        const hosts = ranks(size).map(host)
        for (const late of ranks(size)) {
          let isLateIn = false
          const network = new ChannelNetwork(size, late)
          await network.run(async (channel) => {
            if (channel.rank === late) {
              for (let turn = 0; turn < 50; turn++) await Promise.resolve()
              isLateIn = true
            }
            await barrier(channel, hosts)
            expect(isLateIn).to.equal(true)
          })
          expect(network.leftovers()).to.equal(0)
          const { size: count } = new Set(hosts)
          if (count > 1)
            expect(network.traffic.messages).to.equal(2 * (size - count) + count * Math.ceil(Math.log2(count)))
        }
      }
    })

  for (const size of SIZES)
    it(`barrier on ${size} ranks lets nobody leave before all have entered`, async () => {
      for (const late of ranks(size)) {
        let isLateIn = false
        const network = new ChannelNetwork(size, late)
        await network.run(async (channel) => {
          if (channel.rank === late) {
            for (let turn = 0; turn < 50; turn++) await Promise.resolve()
            isLateIn = true
          }
          await barrier(channel)
          expect(isLateIn).to.equal(true)
        })
      }
    })

  for (const size of SIZES)
    it(`broadcast on ${size} ranks: every root and kind of value, everybody in memory of their own (S42 on one)`, async () => {
      for (const root of ranks(size))
        for (const kind of ranks(9)) {
          const value = valueOf(kind)
          const results = await onNetwork(size, (channel) =>
            broadcast(channel, channel.rank === root ? value : 'does not count', root),
          )
          expect(results).to.deep.equal(ranks(size).map(() => value))
          if (typeof value === 'object') expect(new Set([value, ...results]).size).to.equal(size + 1)
        }
    })

  for (const algorithm of algorithmsOf('broadcast'))
    for (const size of SIZES)
      it(`broadcastInto by ${algorithm} on ${size} ranks: every root, length and type (S23)`, async () => {
        for (const root of ranks(size))
          for (const type of SOME_TYPES)
            for (const length of lengthsFor(size)) {
              const value = operand(type, length, root)
              const results = await onNetwork(size, async (channel) => {
                const target = channel.rank === root ? copyOf(value) : filled(value)
                await broadcastInto(channel, target, root, { broadcast: algorithm })
                return target
              })
              for (const result of results) expect(result).to.deep.equal(value)
            }
      })

  for (const size of [1, 2, 5])
    it(`broadcastInto by chain on ${size} ranks cuts a large array into segments and keeps their order`, async () => {
      const value = Float64Array.from({ length: 100_003 }, (_, i) => i)
      const results = await onNetwork(size, async (channel) => {
        const target = channel.rank === 0 ? value : new Float64Array(value.length)
        await broadcastInto(channel, target, 0, { broadcast: 'chain' })
        return target
      })
      for (const result of results) expect(Buffer.compare(Buffer.from(result.buffer), Buffer.from(value.buffer))).to.equal(0) // prettier-ignore
    })

  for (const algorithm of algorithmsOf('scatter'))
    for (const size of SIZES) {
      it(`scatter by ${algorithm} on ${size} ranks: a list of values of all kinds, from every root`, async () => {
        for (const root of ranks(size)) {
          const values = ranks(size).map(valueOf)
          const results = await onNetwork(size, (channel) =>
            scatter(channel, channel.rank === root ? values : undefined, root, undefined, { scatter: algorithm }),
          )
          expect(results).to.deep.equal(values)
          if (typeof values[root] === 'object') expect(results[root]).to.not.equal(values[root])
        }
      })
      it(`scatter and scatterInto by ${algorithm} on ${size} ranks: blocks of any length and type (S23, S39)`, async () => {
        for (const root of ranks(size))
          for (const length of lengthsFor(size)) {
            const type = SOME_TYPES[(root + length) % SOME_TYPES.length] ?? Float64Array
            const values = operand(type, length, root)
            const kept = copyOf(values)
            for (const counts of [undefined, unevenCounts(size, length)]) {
              const expected = blocksOf(values, size, counts)
              const results = await onNetwork(size, (channel) =>
                scatter<TypedArray>(channel, channel.rank === root ? values : undefined, root, counts, {
                  scatter: algorithm,
                }),
              )
              expect(results).to.deep.equal(expected)
              expect(results[root]?.buffer).to.not.equal(values.buffer)
              const targets = await onNetwork(size, async (channel) => {
                const target = filled(expected[channel.rank] as TypedArray)
                const source = channel.rank === root ? values : undefined
                await scatterInto(channel, target, source, root, counts, { scatter: algorithm })
                return target
              })
              expect(targets).to.deep.equal(expected)
            }
            expect(values).to.deep.equal(kept)
          }
      })
      it(`scatterInto by ${algorithm} on ${size} ranks in place, where the root's target is among its values (S39)`, async () => {
        const values = Int32Array.from(ranks(size * 2))
        const results = await onNetwork(size, async (channel) => {
          const isRoot = channel.rank === size - 1
          const memory = isRoot ? values : new Int32Array(2)
          // Not its own block but the first one, which is still to be sent to rank 0.
          const target = memory.subarray(0, 2)
          await scatterInto(channel, target, isRoot ? values : undefined, size - 1, undefined, { scatter: algorithm })
          return copyOf(target)
        })
        expect(results).to.deep.equal(ranks(size).map((rank) => new Int32Array([2 * rank, 2 * rank + 1])))
      })
    }

  for (const algorithm of algorithmsOf('gather'))
    for (const size of SIZES) {
      it(`gather by ${algorithm} on ${size} ranks: values of all kinds for every root, undefined elsewhere (S36)`, async () => {
        for (const root of ranks(size)) {
          const values = ranks(size).map(valueOf)
          const results = await onNetwork(size, (channel) =>
            gather(channel, values[channel.rank], root, { gather: algorithm }),
          )
          expect(results).to.deep.equal(ranks(size).map((rank) => (rank === root ? values : undefined)))
          if (typeof values[root] === 'object') expect(results[root]?.[root]).to.not.equal(values[root])
        }
      })
      it(`gatherInto by ${algorithm} on ${size} ranks: blocks of any length, memory outside untouched (S23)`, async () => {
        for (const root of ranks(size))
          for (const length of lengthsFor(size)) {
            const type = SOME_TYPES[(root + length) % SOME_TYPES.length] ?? Float64Array
            const whole = operand(type, length, root)
            for (const counts of [undefined, unevenCounts(size, length)]) {
              const blocks = blocksOf(whole, size, counts)
              const margin = counts === undefined ? 0 : 3
              const [target] = (
                await onNetwork(size, async (channel) => {
                  const memory = channel.rank === root ? filled(operand(type, length + margin, 0)) : undefined
                  const value = blocks[channel.rank] as TypedArray
                  await gatherInto(channel, memory, value, root, counts, { gather: algorithm })
                  return memory
                })
              ).filter((memory) => memory !== undefined)
              expect(target?.subarray(0, length)).to.deep.equal(whole)
              expect(target?.subarray(length)).to.deep.equal(filled(operand(type, margin, 0)))
            }
          }
      })
    }

  for (const algorithm of algorithmsOf('allgather'))
    for (const size of SIZES) {
      it(`allgather by ${algorithm} on ${size} ranks: values of all kinds, nobody shares memory`, async () => {
        const values = ranks(size).map(valueOf)
        const results = await onNetwork(size, (channel) =>
          allgather(channel, values[channel.rank], { allgather: algorithm }),
        )
        expect(results).to.deep.equal(ranks(size).map(() => values))
        for (const rank of ranks(size).filter((other) => typeof values[other] === 'object'))
          expect(new Set([values[rank], ...results.map((list) => list[rank])]).size).to.equal(size + 1)
      })
      it(`allgatherInto by ${algorithm} on ${size} ranks: any length and type, in place, rest untouched (S23, S39)`, async () => {
        for (const type of SOME_TYPES)
          for (const length of lengthsFor(size)) {
            const whole = operand(type, length, 1)
            for (const counts of [undefined, unevenCounts(size, length)]) {
              const blocks = blocksOf(whole, size, counts)
              const margin = counts === undefined ? 0 : 3
              for (const isInPlace of [false, true]) {
                const results = await onNetwork(size, async (channel) => {
                  const { rank } = channel
                  const target = filled(operand(type, length + margin, 0))
                  const start = blocks.slice(0, rank).reduce((sum, block) => sum + block.length, 0)
                  const block = blocks[rank] as TypedArray
                  const mine = target.subarray(start, start + block.length)
                  if (isInPlace) mine.set(block as never)
                  await allgatherInto(channel, target, isInPlace ? mine : block, counts, { allgather: algorithm })
                  return target
                })
                for (const target of results) {
                  expect(target.subarray(0, length)).to.deep.equal(whole)
                  expect(target.subarray(length)).to.deep.equal(filled(operand(type, margin, 0)))
                }
              }
            }
          }
      })
    }

  for (const algorithm of algorithmsOf('alltoall'))
    for (const size of SIZES) {
      it(`alltoall by ${algorithm} on ${size} ranks: values of all kinds`, async () => {
        const values = ranks(size).map((from) => ranks(size).map((to) => [from, valueOf(to)]))
        const results = await onNetwork(size, (channel) =>
          alltoall(channel, values[channel.rank] as unknown[], { alltoall: algorithm }),
        )
        expect(results).to.deep.equal(ranks(size).map((to) => ranks(size).map((from) => [from, valueOf(to)])))
        for (const rank of ranks(size)) expect(results[rank]?.[rank]).to.not.equal(values[rank]?.[rank])
      })
      it(`alltoallInto by ${algorithm} on ${size} ranks: any block length and type, also in place (S23, S39)`, async () => {
        for (const type of SOME_TYPES)
          for (const count of [0, 1, 3, 100])
            for (const isInPlace of [false, true]) {
              const inputs = ranks(size).map((rank) => operand(type, size * count, rank))
              const expected = ranks(size).map((to) => {
                const target = allocateLike(inputs[0] as TypedArray, size * count)
                for (const [from, input] of inputs.entries())
                  target.set(input.subarray(to * count, (to + 1) * count) as never, from * count)
                return target
              })
              const kept = inputs.map(copyOf)
              const results = await onNetwork(size, async (channel) => {
                const values = inputs[channel.rank] as TypedArray
                const target = isInPlace ? values : filled(values)
                await alltoallInto(channel, target, values, { alltoall: algorithm })
                return target
              })
              expect(results).to.deep.equal(expected)
              if (!isInPlace) expect(inputs).to.deep.equal(kept)
            }
      })
    }

  for (const [name, call] of [
    ['gather by linear', (channel, value) => gather(channel, value, 0, { gather: 'linear' })],
    ['gather by binomial', (channel, value) => gather(channel, value, 0, { gather: 'binomial' })],
    ['allgather by bruck', (channel, value) => allgather(channel, value, { allgather: 'bruck' })],
    ['allgather by ring', (channel, value) => allgather(channel, value, { allgather: 'ring' })],
    ['broadcast', (channel, value) => broadcast(channel, value, 0)],
    ['scatter by binomial', (channel, value) => scatter(channel, ranks(7).map(() => value), 0, undefined, { scatter: 'binomial' })], // prettier-ignore
    ['alltoall by linear', (channel, value) => alltoall(channel, ranks(7).map(() => value), { alltoall: 'linear' })], // prettier-ignore
    ['alltoall by pairwise', (channel, value) => alltoall(channel, ranks(7).map(() => value), { alltoall: 'pairwise' })], // prettier-ignore
    ['alltoall by bruck', (channel, value) => alltoall(channel, ranks(7).map(() => value), { alltoall: 'bruck' })], // prettier-ignore
  ] as [string, (channel: ChannelNetwork['channels'][number], value: { n: number }) => Promise<unknown>][])
    it(`${name} takes objects as they are when it is called (S7)`, async () => {
      const results = await onNetwork(7, (channel) => {
        const value = { n: 1 }
        const done = call(channel, value)
        value.n = 2
        return done
      })
      expect(JSON.stringify(results)).to.include('"n":1').and.not.include('"n":2')
    })
})
