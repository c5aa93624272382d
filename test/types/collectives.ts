/** Compiles = passes: what a reduction's result type is, and which operator does not fit which value. Never run. */
import type { Channel } from '../../src/collectives/channel.ts'
import { Op } from '../../src/collectives/op.ts'
import { allreduce, allreduceInto } from '../../src/collectives/allreduce.ts'
import { reduce } from '../../src/collectives/reduce.ts'
import { scan } from '../../src/collectives/scan.ts'
import type { Communicator } from '../../src/comm/communicator.ts'

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
const assertType = <A, B>(_same: Equal<A, B>): void => undefined

export async function inference(channel: Channel): Promise<void> {
  const number = await allreduce(channel, 3, Op.sum)
  assertType<typeof number, number>(true)
  const bigint = await allreduce(channel, 3n, Op.max)
  assertType<typeof bigint, bigint>(true)
  const floats = await allreduce(channel, new Float64Array(3), Op.sum)
  assertType<typeof floats, Float64Array<ArrayBuffer>>(true)
  const truth = await allreduce(channel, true, Op.land)
  assertType<typeof truth, boolean>(true)
  const bits = await allreduce(channel, new Uint8Array(3), Op.lor)
  assertType<typeof bits, Uint8Array<ArrayBuffer>>(true)
  const text = await allreduce(channel, 'a', Op.concat)
  assertType<typeof text, string>(true)
  const list = await allreduce(channel, [1, 2], Op.concat)
  assertType<typeof list, number[]>(true)
  const elementwise = await allreduce(channel, [1, 2], Op.elementwise(Op.sum))
  assertType<typeof elementwise, number[]>(true)
  const pair = await allreduce<[number, number]>(channel, [3, 0], Op.minloc)
  assertType<typeof pair, [number, number]>(true)
  const located = await allreduce(channel, [3, 0], Op.maxloc)
  assertType<typeof located, number[]>(true)
  const object = await allreduce(channel, { a: 1 }, Op.first)
  assertType<typeof object, { a: number }>(true)
  const bare = await allreduce(channel, 3, (a, b) => Math.hypot(a, b))
  assertType<typeof bare, number>(true)
  const named = await scan(
    channel,
    { a: 1 },
    Op.create((a, b) => ({ a: a.a + b.a })),
  )
  assertType<typeof named, { a: number }>(true)
  const atRoot = await reduce(channel, 3, Op.sum, 0)
  assertType<typeof atRoot, number | undefined>(true)
  await allreduceInto(channel, new Float64Array(3), Op.sum)
  await allreduceInto(channel, new BigInt64Array(3), Op.first)
  const sumOp: Op<number> = Op.sum
  const lifted: Op<number[]> = Op.elementwise((a: number, b: number) => a - b)
  void [sumOp, lifted]
}

export async function misuse(channel: Channel): Promise<void> {
  // @ts-expect-error: Op.concat joins text
  await allreduce(channel, 'a', Op.sum)
  // @ts-expect-error: a plain array needs Op.elementwise(Op.sum) or Op.concat
  await allreduce(channel, [1, 2], Op.sum)
  // @ts-expect-error: the answer is a boolean, not a number
  await allreduce(channel, 3, Op.land)
  // @ts-expect-error: no bits in floating point
  await allreduce(channel, new Float64Array(3), Op.band)
  // @ts-expect-error: pairs, not numbers
  await allreduce(channel, 3, Op.minloc)
  // @ts-expect-error: an operator, not its name
  await allreduce(channel, 3, 'sum')
  // @ts-expect-error: a typed array is needed
  await allreduceInto(channel, [1, 2], Op.sum)
  // @ts-expect-error: an operator on strings does not fit numbers
  await allreduce(channel, 3, (a: string, b: string) => a + b)
}

export async function throughCommunicator(world: Communicator): Promise<void> {
  const floats = await world.allreduce(new Float64Array(3), Op.sum)
  assertType<typeof floats, Float64Array<ArrayBuffer>>(true)
  const number = await world.reduce(3, Op.max, 1)
  assertType<typeof number, number | undefined>(true)
  const gathered = await world.gather({ a: 1 })
  assertType<typeof gathered, { a: number }[] | undefined>(true)
  const block = await world.scatter(new Int32Array(3), 0, { counts: [1, 2] })
  assertType<typeof block, Int32Array<ArrayBuffer>>(true)
  const piece = await world.scatter(['a', 'b'])
  assertType<typeof piece, string>(true)
  const part = await world.reduceScatter(new Uint8Array(3), Op.bor)
  assertType<typeof part, Uint8Array<ArrayBuffer>>(true)
  await world.allreduceInto(new BigInt64Array(3), Op.band)
  await world.reduceInto(new Float32Array(3), (a, b) => a.map((x, i) => Math.hypot(x, b[i] ?? 0)))
  // @ts-expect-error: may be undefined off root
  void gathered.length
  // @ts-expect-error: no bits in floating point
  await world.allreduceInto(new Float32Array(3), Op.bxor)
  // @ts-expect-error: one typed array, not a list of numbers
  await world.reduceScatter([1, 2, 3], Op.sum)
  // @ts-expect-error: a target is memory
  await world.broadcastInto('text')
}
