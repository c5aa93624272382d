import { expect } from 'chai'
import { allgatherInto } from '../../../src/collectives/allgather.ts'
import { allreduce, allreduceInto } from '../../../src/collectives/allreduce.ts'
import { alltoall, alltoallInto } from '../../../src/collectives/alltoall.ts'
import { broadcast, broadcastInto } from '../../../src/collectives/broadcast.ts'
import type { Channel } from '../../../src/collectives/channel.ts'
import { gather, gatherInto } from '../../../src/collectives/gather.ts'
import { Op } from '../../../src/collectives/op.ts'
import { reduce, reduceInto } from '../../../src/collectives/reduce.ts'
import { reduceScatter } from '../../../src/collectives/reduce-scatter.ts'
import { scatter, scatterInto } from '../../../src/collectives/scatter.ts'
import { Scratch } from '../../../src/collectives/scratch.ts'

/** Sending through it would throw something else. */
const silent = { rank: 0, size: 3, scratch: new Scratch() } as Channel
const doubles = (length: number): Float64Array => new Float64Array(length)
const wrong = (value: unknown): never => value as never

describe('arguments of collectives are checked before anything is sent (S32)', () => {
  const table: [string, () => unknown, new () => Error, RegExp][] = [
    ['root −1', () => broadcast(silent, 1, -1), RangeError, /^root -1 is out of range: legal are the ranks 0 … 2$/],
    ['root = size', () => reduce(silent, 1, Op.sum, 3), RangeError, /^root 3 is out of range/],
    ['root 1.5', () => gather(silent, 1, 1.5), RangeError, /^root 1.5 is out of range/],
    ['root "1"', () => scatter(silent, [], wrong('1')), TypeError, /^root "1" is a string; it must be a rank, 0 … 2$/],
    ['root null', () => broadcastInto(silent, doubles(1), wrong(null)), TypeError, /^root null/],
    ['no operator', () => allreduce(silent, 1, wrong(undefined)), TypeError, /^op is undefined; it must be an operator such as Op\.sum/], // prettier-ignore
    ['an operator’s name', () => reduceInto(silent, doubles(1), wrong('sum'), 0), TypeError, /^op is "sum"/],
    ['a short list', () => scatter(silent, [1, 2], 0), RangeError, /^scatter: 2 values for 3 ranks/],
    ['no list', () => scatter(silent, undefined, 0), TypeError, /^scatter: values is undefined; it must be an array/],
    ['a long list', () => alltoall(silent, [1, 2, 3, 4]), RangeError, /^alltoall: 4 values for 3 ranks/],
    ['counts with a list', () => scatter(silent, [1, 2, 3], 0, [1, 1, 1]), TypeError, /counts go with a typed array/],
    ['too few counts', () => scatter(silent, doubles(3), 0, [1, 2]), RangeError, /^2 counts for 3 ranks/],
    ['a negative count', () => scatter(silent, doubles(3), 0, [4, -1, 0]), RangeError, /^counts\[1\] is -1; it must be a whole number from 0 on$/], // prettier-ignore
    ['a broken count', () => reduceScatter(silent, doubles(3), Op.sum, [1.5, 1.5, 0]), RangeError, /^counts\[0\] is 1.5/], // prettier-ignore
    ['counts that do not add up', () => scatter(silent, doubles(3), 0, [1, 2, 3]), RangeError, /^counts add up to 6, the array has 3 elements; they must be equal$/], // prettier-ignore
    ['counts beyond the target', () => gatherInto(silent, doubles(3), doubles(2), 0, [2, 1, 1]), RangeError, /^counts add up to 4, the array has 3 elements; they must fit in$/], // prettier-ignore
    ['a count that is not the value’s', () => allgatherInto(silent, doubles(6), doubles(3)), RangeError, /^value has 3 elements; it must have 2, the length of block 0$/], // prettier-ignore
    ['a target that is not its block’s length', () => scatterInto(silent, doubles(3), doubles(6), 0), RangeError, /^target has 3 elements; it must have 2, the length of block 0$/], // prettier-ignore
    ['a list as target', () => allreduceInto(silent, wrong([1]), Op.sum), TypeError, /^target is an array of length 1; it must be a typed array$/], // prettier-ignore
    ['no target at the root', () => gatherInto(silent, undefined, doubles(1), 0), TypeError, /^target is undefined/],
    ['no values at the root', () => scatterInto(silent, doubles(1), undefined, 0), TypeError, /^values is undefined/],
    ['two types', () => allgatherInto(silent, doubles(3), new Int8Array(1)), TypeError, /^target is of type Float64Array, value of type Int8Array/], // prettier-ignore
    ['blocks that are not equal', () => alltoallInto(silent, doubles(4), doubles(4)), RangeError, /^values has 4 elements for 3 ranks/], // prettier-ignore
    ['a target of another length', () => alltoallInto(silent, doubles(3), doubles(6)), RangeError, /^target has 3 elements; it must have 6/], // prettier-ignore
  ]
  for (const [what, call, type, message] of table) it(what, () => expect(call).to.throw(type, message))
})
