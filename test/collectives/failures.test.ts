import { expect } from 'chai'
import { allreduce, allreduceInto } from '../../src/collectives/allreduce.ts'
import type { Channel } from '../../src/collectives/channel.ts'
import { Op } from '../../src/collectives/op.ts'
import { reduce, reduceInto } from '../../src/collectives/reduce.ts'
import { reduceScatter } from '../../src/collectives/reduce-scatter.ts'
import { exclusiveScan, scan } from '../../src/collectives/scan.ts'
import { MpiError } from '../../src/errors.ts'
import { onNetwork } from '../support/on-network.ts'
import { ranks, SIZES } from '../support/oracle.ts'

/** Joins lists of ranks; throws on the one rank that `thrower` says, if it is asked to join at all. */
function joinThrowingOn(thrower: number, rank: number): Op<Int32Array> {
  const join = (a: Int32Array, b: Int32Array): Int32Array => {
    if (rank === thrower) throw new RangeError('no more')
    return a.map((x, i) => x + (b[i] ?? 0))
  }
  return Op.create(join, { name: 'join', commutative: true })
}

const value = (): Int32Array => new Int32Array(20).fill(1)

const operations: [string, (channel: Channel, op: Op<Int32Array>) => Promise<unknown>][] = [
  ['reduce', (channel, op) => reduce(channel, value(), op, channel.size - 1)],
  ['reduceInto', (channel, op) => reduceInto(channel, value(), op, 0)],
  ['allreduce', (channel, op) => allreduce(channel, value(), op)],
  ['allreduceInto', (channel, op) => allreduceInto(channel, value(), op)],
  ['reduceScatter', (channel, op) => reduceScatter(channel, value(), op)],
  ['scan', (channel, op) => scan(channel, value(), op)],
  ['exclusiveScan', (channel, op) => exclusiveScan(channel, value(), op)],
]

describe('an operator that throws (S41)', () => {
  for (const [name, call] of operations)
    for (const size of SIZES)
      it(`on one of ${size} ranks makes ${name} reject on every rank, or is not called there`, async () => {
        let allCalls = 0
        for (const thrower of ranks(size)) {
          let calls = 0
          const errors = await onNetwork(size, async (channel) => {
            const join = joinThrowingOn(thrower, channel.rank)
            const counting = Op.create(
              (a: Int32Array, b: Int32Array) => {
                if (channel.rank === thrower) calls += 1
                return join(a, b)
              },
              { name: 'join', commutative: true },
            )
            return call(channel, counting).then(
              () => undefined,
              (error: unknown) => error,
            )
          })
          for (const error of errors) {
            if (calls === 0) expect(error).to.equal(undefined)
            else {
              const operation = name.replace('Into', '')
              expect(error).to.be.instanceOf(MpiError)
              expect(error).to.include({ code: 'ERR_RANK_FAILED', operation, peer: thrower })
              expect((error as Error).message).to.equal(`${operation}: join threw on rank ${thrower}: no more`)
              expect((error as Error).cause).to.include({ name: 'RangeError', message: 'no more' })
              expect(((error as Error).cause as Error).stack).to.include('failures.test')
            }
          }
          allCalls += calls
        }
        if (size > 1) expect(allCalls).to.be.greaterThan(0)
      })

  it('is told by the lowest of several ranks, the same on all', async () => {
    const errors = await onNetwork(8, (channel) => {
      const op = (): number => {
        throw new Error(`from ${channel.rank}`)
      }
      return allreduce(channel, 1, op).then(
        () => 'resolved',
        (error: unknown) => (error as Error).message,
      )
    })
    expect(new Set(errors)).to.deep.equal(new Set(['allreduce: op threw on rank 0: from 0']))
  })
  it('also when it throws what is no Error, or returns a promise or function', async () => {
    for (const [op, message] of [
      [() => Promise.resolve(1), 'it returned a promise, not a value'],
      [() => () => 1, 'it returned a function, not a value'],
      [
        () => {
          // oxlint-disable-next-line no-throw-literal
          throw 'a string'
        },
        'a string',
      ],
    ] as const) {
      const errors = await onNetwork(5, (channel) =>
        allreduce<unknown>(channel, 1, op).then(
          () => 'resolved',
          (error: unknown) => (error as Error).message,
        ),
      )
      for (const error of errors)
        expect(error).to.match(new RegExp(`^allreduce: an unnamed operator threw.*${message}$`))
    }
  })
  it('makes reduceScatter reject everywhere when its result cannot be cut into blocks', async () => {
    const errors = await onNetwork(3, (channel) =>
      reduceScatter(channel, value(), () => new Int32Array(2)).then(
        () => 'resolved',
        (error: unknown) => (error as Error).message,
      ),
    )
    for (const error of errors)
      expect(error).to.include('its result is Int32Array of length 2, not Int32Array of length 20')
  })
  it('a built-in one refuses its operand before anything is sent', () => {
    const silent = { rank: 0, size: 2 } as Channel
    expect(() => allreduce(silent, 'a' as never, Op.sum)).to.throw(TypeError, 'Op.sum takes numbers')
    expect(() => scan(silent, [1] as never, Op.sum)).to.throw(TypeError, 'Op.concat')
    expect(() => reduceScatter(silent, new Float64Array(2) as never, Op.band)).to.throw(TypeError, 'Op.band takes integers') // prettier-ignore
  })
  it('a built-in one that meets two types ends on every rank', async () => {
    const ends = await onNetwork(6, (channel) =>
      allreduce<number | bigint>(channel, channel.rank === 3 ? 1n : 1, Op.sum).then(
        () => 'resolved',
        (error: unknown) => (error as Error).message,
      ),
    )
    for (const end of ends) expect(end).to.include('number and bigint cannot be combined')
  })
})

describe('an operator that changes or keeps its operands', () => {
  for (const size of SIZES)
    it(`on ${size} ranks does not reach the callers’ values`, async () => {
      const inputs = ranks(size).map((rank) => ({ list: [rank] }))
      const push = (a: { list: number[] }, b: { list: number[] }): { list: number[] } => {
        a.list.push(...b.list)
        b.list.length = 0
        return a
      }
      const input = (channel: Channel): { list: number[] } => inputs[channel.rank] ?? { list: [] }
      const calls = [
        (channel: Channel) => allreduce(channel, input(channel), push),
        (channel: Channel) => scan(channel, input(channel), push),
        (channel: Channel) => reduce(channel, input(channel), push, 0),
        (channel: Channel) => reduce(channel, input(channel), (a) => a, size - 1),
      ]
      for (const call of calls) {
        const results = await onNetwork(size, call)
        expect(inputs).to.deep.equal(ranks(size).map((rank) => ({ list: [rank] })))
        for (const result of results) if (result) expect(inputs).to.not.include(result)
      }
    })
})
