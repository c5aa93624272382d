/** What a program in JavaScript can pass by mistake, through the public API: what each says, and that nothing was called. */
import { expect } from 'chai'
import type { Communicator } from '../../../src/comm/communicator.ts'
import { makeJob, type TestJob } from '../../support/job.ts'
import { overMemory } from '../../support/networks.ts'

type Call = (comm: Communicator, wrong: never) => unknown

const array = (): Float64Array => new Float64Array(2)

const OPERATORS: readonly [string, Call][] = [
  ['reduce', (comm, op) => comm.reduce(1, op, 0)],
  ['reduceInto', (comm, op) => comm.reduceInto(array(), op, 0)],
  ['allreduce', (comm, op) => comm.allreduce(1, op)],
  ['allreduceInto', (comm, op) => comm.allreduceInto(array(), op)],
  ['reduceScatter', (comm, op) => comm.reduceScatter(array(), op)],
  ['scan', (comm, op) => comm.scan(1, op)],
  ['exclusiveScan', (comm, op) => comm.exclusiveScan(1, op)],
]

const COUNTS: readonly [string, Call][] = [
  ['scatter', (comm, counts) => comm.scatter(array(), 0, { counts })],
  ['reduceScatter', (comm, counts) => comm.reduceScatter(array(), (a) => a, { counts })],
  ['gatherInto', (comm, counts) => comm.gatherInto(array(), array(), 0, { counts })],
  ['scatterInto', (comm, counts) => comm.scatterInto(array(), array(), 0, { counts })],
  ['allgatherInto', (comm, counts) => comm.allgatherInto(array(), array(), { counts })],
]

const OPTIONS: readonly [string, Call][] = [
  ['send', (comm, options) => comm.send(1, 0, options)],
  ['receive', (comm, options) => comm.receive(0, options)],
  ['receiveMessage', (comm, options) => comm.receiveMessage(0, options)],
  ['receiveInto', (comm, options) => comm.receiveInto(array(), 0, options)],
  ['sendReceive', (comm, options) => comm.sendReceive(1, 0, 0, options)],
  ['probe', (comm, options) => comm.probe(0, options)],
  ['iprobe', (comm, options) => comm.iprobe(0, options)],
  ['barrier', (comm, options) => comm.barrier(options)],
  ['broadcast', (comm, options) => comm.broadcast(1, 0, options)],
  ['broadcastInto', (comm, options) => comm.broadcastInto(array(), 0, options)],
  ['cartesian', (comm, options) => comm.cartesian([1], options)],
  ['alltoallInto', (comm, options) => comm.alltoallInto(array(), array(), options)],
]

describe('arguments', () => {
  let job: TestJob
  before(async () => {
    job = await makeJob(1, overMemory({}))
  })
  after(() => job.close())

  const refused = async (call: Call, value: unknown): Promise<string> => {
    try {
      await call(job.ranks[0] as Communicator, value as never)
    } catch (error) {
      return String(error)
    }
    return 'nothing'
  }

  for (const [name, call] of OPERATORS)
    it(`${name} tells an operator from what is none`, async () => {
      for (const [value, shown] of [
        [undefined, 'undefined'],
        [null, 'null'],
        ['sum', '"sum"'],
        [Object.create(null), 'an object'],
        [array(), 'a Float64Array of length 2'],
      ] as const)
        expect(await refused(call, value)).to.equal(
          `TypeError: op is ${shown}; it must be an operator such as Op.sum or a function (a, b) => c`,
        )
    })

  for (const [name, call] of COUNTS)
    it(`${name} takes counts in an array only`, async () => {
      expect(await refused(call, 2)).to.equal('TypeError: counts is a number; it must be an array of integers')
      for (const [count, shown] of [
        [-1, '-1'],
        [2n, '2'],
      ] as const)
        expect(await refused(call, [count])).to.equal(
          `RangeError: counts[0] is ${shown}; it must be a whole number from 0 on`,
        )
    })

  for (const [name, call] of OPTIONS)
    it(`${name} takes no tag, nor anything else, for options`, async () => {
      for (const [value, shown] of [
        [7, '7'],
        [null, 'null'],
        ['tag', '"tag"'],
        [[7], 'an Array'],
        [AbortSignal.timeout(1000), 'an AbortSignal'],
      ] as const)
        expect(await refused(call, value)).to.equal(
          `TypeError: options is ${shown}; legal: an object, as in { tag: 1, timeout: 1000 }`,
        )
    })

  it('what is refused has not begun: the next calls are as if it never was', async () => {
    const comm = job.ranks[0] as Communicator
    for (const [, call] of OPERATORS) await refused(call, 'sum')
    for (const [, call] of OPTIONS) await refused(call, 7)
    await comm.send('hello', 0)
    expect(await comm.receive()).to.equal('hello')
    expect(await comm.allreduce(2, (a) => a)).to.equal(2)
    await comm.barrier()
  })
})
