import { expect } from 'chai'
import { allgatherInto } from '../../src/collectives/allgather.ts'
import { allreduceInto } from '../../src/collectives/allreduce.ts'
import { alltoallInto } from '../../src/collectives/alltoall.ts'
import { barrier } from '../../src/collectives/barrier.ts'
import { broadcastInto } from '../../src/collectives/broadcast.ts'
import type { Channel } from '../../src/collectives/channel.ts'
import { gatherInto } from '../../src/collectives/gather.ts'
import { Op } from '../../src/collectives/op.ts'
import { log2Ceiling, powerOfTwoWithin } from '../../src/collectives/patterns.ts'
import { reduceInto } from '../../src/collectives/reduce.ts'
import { reduceScatter } from '../../src/collectives/reduce-scatter.ts'
import { scan } from '../../src/collectives/scan.ts'
import { scatterInto } from '../../src/collectives/scatter.ts'
import type { Algorithms } from '../../src/collectives/select.ts'
import { ChannelNetwork } from '../support/channels.ts'
import { SIZES } from '../support/oracle.ts'

type Run = (channel: Channel, array: Uint8Array, algorithms: Algorithms) => Promise<unknown>
type Count = (size: number, bytes: number) => number

const runs = {
  barrier: (channel, _array, algorithms) => barrier(channel, undefined, algorithms),
  broadcast: (channel, array, algorithms) => broadcastInto(channel, array, 0, algorithms),
  scatter: (channel, array, algorithms) =>
    scatterInto(channel, new Uint8Array(array.length / channel.size), array, 0, undefined, algorithms),
  gather: (channel, array, algorithms) =>
    gatherInto(channel, array, new Uint8Array(array.length / channel.size), 0, undefined, algorithms),
  allgather: (channel, array, algorithms) =>
    allgatherInto(channel, array, new Uint8Array(array.length / channel.size), undefined, algorithms),
  alltoall: (channel, array, algorithms) => alltoallInto(channel, array, array, algorithms),
  reduce: (channel, array, algorithms) => reduceInto(channel, array, Op.sum, 0, algorithms),
  allreduce: (channel, array, algorithms) => allreduceInto(channel, array, Op.sum, algorithms),
  reduceScatter: (channel, array, algorithms) => reduceScatter(channel, array, Op.sum, undefined, algorithms),
  scan: (channel, array) => scan(channel, array, Op.sum),
} satisfies Record<string, Run>

const steps = log2Ceiling
const others = (size: number): number => size - 1
const extras = (size: number): number => size - powerOfTwoWithin(size)
/** Bits set in all numbers below size: how many slots of all ranks travel in Bruck's alltoall, for each block. */
const travellers = (size: number): number => {
  let sum = 0
  for (let slot = 1; slot < size; slot++) sum += slot.toString(2).replaceAll('0', '').length
  return sum
}
const sumOverSteps = (size: number, count: (distance: number) => number): number => {
  let sum = 0
  for (let distance = 1; distance < size; distance *= 2) sum += count(distance)
  return sum
}

/** All bytes that travel, for arrays of n bytes that p divides, by all ranks together. */
const table: [keyof typeof runs, string, Count][] = [
  ['barrier', 'dissemination', () => 0],
  ['barrier', 'linear', () => 0],
  ['broadcast', 'binomial', (p, n) => others(p) * n],
  ['broadcast', 'chain', (p, n) => others(p) * n],
  ['scatter', 'linear', (p, n) => (others(p) * n) / p],
  ['gather', 'linear', (p, n) => (others(p) * n) / p],
  ['allgather', 'linear', (p, n) => others(p) * n],
  ['allgather', 'ring', (p, n) => others(p) * n],
  ['allgather', 'bruck', (p, n) => others(p) * n],
  ['alltoall', 'linear', (p, n) => others(p) * n],
  ['alltoall', 'pairwise', (p, n) => others(p) * n],
  ['alltoall', 'bruck', (p, n) => travellers(p) * n],
  ['reduce', 'binomial', (p, n) => others(p) * n],
  ['reduce', 'rabenseifner', (p, n) => (extras(p) + powerOfTwoWithin(p) - 1) * n + gathered(p, n)], // prettier-ignore
  ['allreduce', 'recursiveDoubling', (p, n) => (2 * extras(p) + powerOfTwoWithin(p) * Math.log2(powerOfTwoWithin(p))) * n], // prettier-ignore
  ['allreduce', 'linear', (p, n) => p * others(p) * n],
  ['allreduce', 'ring', (p, n) => 2 * others(p) * n],
  ['allreduce', 'rabenseifner', (p, n) => (2 * extras(p) + 2 * (powerOfTwoWithin(p) - 1)) * n],
  ['reduceScatter', 'ring', (p, n) => others(p) * n],
  ['scan', 'recursiveDoubling', (p, n) => sumOverSteps(p, (distance) => p - distance) * n],
]

/** Bytes of a binomial gather of n bytes over the participants. */
function gathered(size: number, bytes: number): number {
  const p = powerOfTwoWithin(size)
  return (bytes / p) * (p / 2) * Math.log2(p)
}

describe('traffic', () => {
  for (const [collective, algorithm, expected] of table)
    it(`${collective} by ${algorithm} sends no byte more than its description says`, async () => {
      for (const size of SIZES) {
        const bytes = size * powerOfTwoWithin(size) * 4
        const network = new ChannelNetwork(size, 1)
        const run: Run = runs[collective]
        await network.run((channel) => run(channel, new Uint8Array(bytes), { [collective]: algorithm }))
        expect(network.traffic.bytes, `${size} ranks`).to.equal(expected(size, bytes))
      }
    })
  it('barrier takes ⌈log₂ p⌉ messages a rank, or one to each other rank', async () => {
    for (const size of SIZES) {
      for (const [algorithm, count] of [
        ['dissemination', steps(size)],
        ['linear', others(size)],
      ] as const) {
        // prettier-ignore
        const network = new ChannelNetwork(size, 1)
        await network.run((channel) => barrier(channel, undefined, { barrier: algorithm }))
        expect(network.traffic.messages).to.equal(size * count)
      }
    }
  })
})
