import { expect } from 'chai'
import { setImmediate as turn } from 'node:timers/promises'
import { allgather, allgatherInto } from '../../src/collectives/allgather.ts'
import { allreduce, allreduceInto } from '../../src/collectives/allreduce.ts'
import { alltoall, alltoallInto } from '../../src/collectives/alltoall.ts'
import { barrier } from '../../src/collectives/barrier.ts'
import { broadcast, broadcastInto } from '../../src/collectives/broadcast.ts'
import type { Channel } from '../../src/collectives/channel.ts'
import { gather, gatherInto } from '../../src/collectives/gather.ts'
import { Op } from '../../src/collectives/op.ts'
import { reduce, reduceInto } from '../../src/collectives/reduce.ts'
import { reduceScatter } from '../../src/collectives/reduce-scatter.ts'
import { exclusiveScan, scan } from '../../src/collectives/scan.ts'
import { scatter, scatterInto } from '../../src/collectives/scatter.ts'
import { Scratch } from '../../src/collectives/scratch.ts'
import { algorithmsOf, type Algorithms, type Collective } from '../../src/collectives/select.ts'
import { Codec } from '../../src/wire/codec.ts'
import { Random } from '../support/random.ts'

const SIZE = 5
const codec = new Codec()
const LOST = 'the connection is lost'

/** One rank's channel, whose transfers all take some turns; from the `limit`th on they fail. */
function breaking(rank: number, limit: number, random: Random): Channel {
  let transfers = 0
  const transfer = async (): Promise<void> => {
    const isLost = transfers++ >= limit
    for (let wait = random.below(4); wait > 0; wait--) await Promise.resolve()
    if (isLost) throw new Error(LOST)
  }
  return {
    rank,
    size: SIZE,
    scratch: new Scratch(),
    copy: (value) => structuredClone(value),
    encode: (value) => codec.encode(value),
    pack: (value) => codec.pack(value),
    unpack: (type, body, bytes) => codec.unpack(type, body, bytes),
    send: transfer,
    receive: async () => {
      await transfer()
      return new Float64Array(10)
    },
    receiveInto: transfer,
  }
}

const ten = (): Float64Array => new Float64Array(10)
const add = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, i) => x + (b[i] ?? 0))
type Call = (channel: Channel, algorithms: Algorithms) => Promise<unknown>
const calls: [Collective, Call[]][] = [
  ['barrier', [(c) => barrier(c)]],
  ['broadcast', [(c) => broadcast(c, 1, 2), (c, a) => broadcastInto(c, ten(), 2, a)]],
  ['scatter', [(c, a) => scatter(c, ten(), 2, undefined, a), (c, a) => scatterInto(c, ten().subarray(8), ten(), 2, undefined, a)]], // prettier-ignore
  ['gather', [(c, a) => gather(c, 1, 2, a), (c, a) => gatherInto(c, ten(), ten().subarray(8), 2, undefined, a)]],
  ['allgather', [(c, a) => allgather(c, 1, a), (c, a) => allgatherInto(c, ten(), ten().subarray(8), undefined, a)]],
  ['alltoall', [(c, a) => alltoall(c, [1, 2, 3, 4, 5], a), (c, a) => alltoallInto(c, ten(), ten(), a)]],
  ['reduce', [(c) => reduce(c, ten(), add, 2), (c, a) => reduceInto(c, ten(), Op.sum, 2, a)]],
  ['allreduce', [(c) => allreduce(c, ten(), add), (c, a) => allreduceInto(c, ten(), Op.sum, a)]],
  ['reduceScatter', [(c) => reduceScatter(c, ten(), add), (c, a) => reduceScatter(c, ten(), Op.sum, undefined, a)]],
  ['scan', [(c) => scan(c, ten(), add), (c) => scan(c, ten(), Op.sum), (c) => exclusiveScan(c, ten(), Op.sum)]],
]

describe('a channel that breaks', () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  let others: ((...args: never[]) => unknown)[] = []
  before(() => {
    others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note)
  })
  after(() => {
    process.removeListener('unhandledRejection', note)
    for (const listener of others) process.on('unhandledRejection', listener as never)
  })

  for (const [collective, list] of calls)
    for (const algorithm of algorithmsOf(collective))
      it(`makes ${collective} by ${algorithm} reject once, with no other rejection left unhandled`, async () => {
        const random = new Random(1)
        let rejections = 0
        for (const call of list)
          for (let rank = 0; rank < SIZE; rank++)
            for (let limit = 0; limit < 10; limit++)
              try {
                await call(breaking(rank, limit, random), { [collective]: algorithm })
              } catch (error) {
                if ((error as Error).message === LOST) rejections += 1
              }
        await turn()
        await turn()
        expect(unhandled.splice(0)).to.deep.equal([])
        expect(rejections).to.be.greaterThan(list.length * SIZE)
      })
})
