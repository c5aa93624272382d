import { expect } from 'chai'
import { allreduce, allreduceInto } from '../../src/collectives/allreduce.ts'
import { Op } from '../../src/collectives/op.ts'
import { reduce, reduceInto } from '../../src/collectives/reduce.ts'
import { reduceScatter } from '../../src/collectives/reduce-scatter.ts'
import { exclusiveScan, scan } from '../../src/collectives/scan.ts'
import { algorithmsOf } from '../../src/collectives/select.ts'
import type { TypedArray } from '../../src/wire/element-type.ts'
import { copyOf } from '../../src/collectives/array.ts'
import { ChannelNetwork } from '../support/channels.ts'
import { onNetwork } from '../support/on-network.ts'
import { blocksOf, fold, lengthsFor, operand, ranks, SIZES, SOME_TYPES, sumOf } from '../support/oracle.ts'

const sum = Op.sum as Op<TypedArray>
const subtractLike = Op.create((a: string, b: string) => a + b, { name: 'join' })

const zeroOf = (array: TypedArray): number | bigint => (array instanceof BigInt64Array ? 0n : 0)

describe('reductions', () => {
  for (const algorithm of algorithmsOf('allreduce'))
    for (const size of SIZES)
      it(`allreduce by ${algorithm} on ${size} ranks: every length and type, arguments unchanged, in place (S39)`, async () => {
        for (const type of SOME_TYPES)
          for (const length of lengthsFor(size)) {
            const inputs = ranks(size).map((rank) => operand(type, length, rank))
            const kept = inputs.map(copyOf)
            const expected = sumOf(inputs)
            const results = await onNetwork(size, (channel) =>
              allreduce(channel, inputs[channel.rank] as TypedArray, sum, { allreduce: algorithm }),
            )
            for (const [rank, result] of results.entries()) {
              expect(result).to.deep.equal(expected)
              expect(result.buffer).to.not.equal(inputs[rank]?.buffer)
            }
            expect(inputs).to.deep.equal(kept)
            const targets = await onNetwork(size, async (channel) => {
              const target = inputs[channel.rank] as TypedArray
              await allreduceInto(channel, target, sum, { allreduce: algorithm })
              const result = copyOf(target)
              // Once it resolves the memory is the caller's again, whatever other ranks still do.
              target.fill(zeroOf(target) as never)
              return result
            })
            for (const target of targets) expect(target).to.deep.equal(expected)
          }
      })

  for (const algorithm of algorithmsOf('reduce'))
    for (const size of SIZES)
      it(`reduce by ${algorithm} on ${size} ranks: every root and length; others get undefined (S36), targets stay (S39)`, async () => {
        for (const root of ranks(size))
          for (const length of lengthsFor(size)) {
            const type = SOME_TYPES[(root + length) % SOME_TYPES.length] ?? Float64Array
            const inputs = ranks(size).map((rank) => operand(type, length, rank))
            const kept = inputs.map(copyOf)
            const expected = sumOf(inputs)
            const results = await onNetwork(size, (channel) =>
              reduce(channel, inputs[channel.rank] as TypedArray, sum, root, { reduce: algorithm }),
            )
            expect(results).to.deep.equal(ranks(size).map((rank) => (rank === root ? expected : undefined)))
            expect(results[root]?.buffer).to.not.equal(inputs[root]?.buffer)
            expect(inputs).to.deep.equal(kept)
            await onNetwork(size, (channel) =>
              reduceInto(channel, inputs[channel.rank] as TypedArray, sum, root, { reduce: algorithm }),
            )
            expect(inputs).to.deep.equal(kept.map((array, rank) => (rank === root ? expected : array)))
          }
      })

  for (const algorithm of algorithmsOf('reduceScatter'))
    for (const size of SIZES)
      it(`reduceScatter by ${algorithm} on ${size} ranks: balanced blocks and counts`, async () => {
        for (const length of lengthsFor(size)) {
          const uneven = ranks(size).map((rank) => (rank === 0 ? length : 0))
          for (const counts of [undefined, uneven, uneven.toReversed()]) {
            const inputs = ranks(size).map((rank) => operand(Int32Array, length, rank))
            const kept = inputs.map(copyOf)
            const results = await onNetwork(size, (channel) =>
              reduceScatter(channel, inputs[channel.rank] as TypedArray, sum, counts, { reduceScatter: algorithm }),
            )
            expect(results).to.deep.equal(blocksOf(sumOf(inputs), size, counts))
            expect(inputs).to.deep.equal(kept)
          }
        }
      })

  for (const size of SIZES)
    it(`scan and exclusiveScan on ${size} ranks: every length and type; rank 0 gets undefined (S36)`, async () => {
      for (const type of SOME_TYPES)
        for (const length of lengthsFor(size)) {
          const inputs = ranks(size).map((rank) => operand(type, length, rank))
          const kept = inputs.map(copyOf)
          const prefixes = ranks(size).map((rank) => sumOf(inputs.slice(0, rank + 1)))
          const inclusive = await onNetwork(size, (channel) => scan(channel, inputs[channel.rank] as TypedArray, sum))
          const exclusive = await onNetwork(size, (channel) =>
            exclusiveScan(channel, inputs[channel.rank] as TypedArray, sum),
          )
          expect(inclusive).to.deep.equal(prefixes)
          expect(exclusive).to.deep.equal([undefined, ...prefixes.slice(0, -1)])
          expect(inputs).to.deep.equal(kept)
        }
    })

  describe('in rank order (S37)', () => {
    for (const size of ranks(17).map((rank) => rank + 1))
      it(`joins text on ${size} ranks, for every root`, async () => {
        const expected = ranks(size).map((rank) => `[${rank}]`).join('') // prettier-ignore
        const text = (rank: number): string => `[${rank}]`
        for (const op of [Op.concat as Op<string>, subtractLike, (a: string, b: string): string => a + b]) {
          for (const root of ranks(size)) {
            const results = await onNetwork(size, (channel) => reduce(channel, text(channel.rank), op, root))
            expect(results).to.deep.equal(ranks(size).map((rank) => (rank === root ? expected : undefined)))
          }
          const all = await onNetwork(size, (channel) => allreduce(channel, text(channel.rank), op))
          expect(all).to.deep.equal(ranks(size).map(() => expected))
          const prefixes = ranks(size).map((rank) => fold(ranks(rank + 1).map(text), (a, b) => a + b))
          const inclusive = await onNetwork(size, (channel) => scan(channel, text(channel.rank), op))
          expect(inclusive).to.deep.equal(prefixes)
          const exclusive = await onNetwork(size, (channel) => exclusiveScan(channel, text(channel.rank), op))
          expect(exclusive).to.deep.equal([undefined, ...prefixes.slice(0, -1)])
        }
      })

    for (const size of ranks(17).map((rank) => rank + 1))
      it(`multiplies permutation matrices on ${size} ranks to the left shift, also by reduceScatter`, async () => {
        // Rank r swaps places r and r + 1; the product in rank order moves place 0 to the end.
        const swap = (rank: number): Int32Array =>
          Int32Array.from(ranks(size + 1), (i) => (i === rank ? rank + 1 : i === rank + 1 ? rank : i))
        const compose = (a: Int32Array, b: Int32Array): Int32Array => a.map((_, i) => a[b[i] as number] as number)
        const expected = fold(ranks(size).map(swap), compose)
        expect(expected).to.deep.equal(Int32Array.from(ranks(size + 1), (i) => (i + 1) % (size + 1)))
        const all = await onNetwork(size, (channel) => allreduce(channel, swap(channel.rank), compose))
        expect(all).to.deep.equal(ranks(size).map(() => expected))
        const blocks = await onNetwork(size, (channel) => reduceScatter(channel, swap(channel.rank), compose))
        expect(blocks).to.deep.equal(blocksOf(expected, size))
      })
  })

  describe('identical bits (S38)', () => {
    for (const algorithm of algorithmsOf('allreduce'))
      it(`allreduce of 0.1·(r + 1) by ${algorithm}: on all ranks, and in 100 runs whatever the delays`, async () => {
        for (const size of [5, 8]) {
          const seen = new Set<string>()
          for (let run = 0; run < 100; run++) {
            const network = new ChannelNetwork(size, run)
            const results = await network.run((channel) =>
              allreduce(channel, new Float64Array(11).fill(0.1 * (channel.rank + 1)), Op.sum, { allreduce: algorithm }),
            )
            for (const result of results) seen.add(Buffer.from(result.buffer).toString('hex'))
          }
          expect([...seen]).to.have.length(1)
        }
      })
    for (const size of SIZES)
      it(`exclusiveScan on ${size} ranks is scan of the rank before, to the bit`, async () => {
        const value = (rank: number): number => 0.1 * (rank + 1)
        const inclusive = await onNetwork(size, (channel) => scan(channel, value(channel.rank), Op.sum))
        const exclusive = await onNetwork(size, (channel) => exclusiveScan(channel, value(channel.rank), Op.sum))
        expect(exclusive.slice(1)).to.deep.equal(inclusive.slice(0, -1))
      })
  })

  describe('of values', () => {
    for (const size of SIZES)
      it(`numbers, bigints, pairs and lists on ${size} ranks`, async () => {
        const results = await onNetwork(size, async (channel) => {
          const { rank } = channel
          return [
            await allreduce(channel, rank + 1, Op.prod),
            await allreduce(channel, 2n ** BigInt(70 + rank), Op.sum),
            await allreduce(channel, [-rank % 3, rank], Op.minloc),
            await allreduce(channel, [rank % 3, rank], Op.maxloc),
            await allreduce(channel, rank > 0, Op.land),
            await allreduce<unknown>(channel, rank, Op.lor as Op),
            await allreduce(channel, [rank, 1], Op.elementwise(Op.sum)),
            await allreduce(channel, [rank], Op.concat),
            await allreduce(channel, { rank }, Op.first),
            await allreduce(channel, { rank }, Op.last),
            await allreduce(channel, new Uint8Array(rank).fill(rank), Op.concat),
          ]
        })
        const factorial = fold(ranks(size).map((rank) => rank + 1), (a, b) => a * b) // prettier-ignore
        const best = Math.min(2, size - 1)
        for (const result of results)
          expect(result).to.deep.equal([
            factorial,
            2n ** 70n * (2n ** BigInt(size) - 1n),
            [-best % 3, best],
            [best, best],
            false,
            size > 1,
            [(size * (size - 1)) / 2, size],
            ranks(size),
            { rank: 0 },
            { rank: size - 1 },
            Uint8Array.from(ranks(size).flatMap((rank) => Array.from({ length: rank }, () => rank))),
          ])
      })
  })
})
