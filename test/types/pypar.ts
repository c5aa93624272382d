/** Compiles = passes: the result types of `zmpi/pypar` with and without status and buffer. Never run. */
import {
  broadcast,
  gather,
  ndarray,
  receive,
  reduce,
  scatter,
  SUM,
  type NDArray,
  type Status,
} from '../../src/pypar.ts'

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
const assertType = <A, B>(_same: Equal<A, B>): void => undefined

export async function inference(): Promise<void> {
  const plain = await receive<string>(0)
  assertType<typeof plain, string>(true)
  const untold = await receive(0, { tag: 3 })
  assertType<unknown, typeof untold>(true)
  const withStatus = await receive<string>(0, { returnStatus: true })
  assertType<typeof withStatus, [string, Status]>(true)
  const filled = await receive(0, { buffer: new Int32Array(3) })
  assertType<typeof filled, Int32Array<ArrayBuffer>>(true)
  const filledWithStatus = await receive(0, { buffer: new Int32Array(3), returnStatus: true })
  assertType<typeof filledWithStatus, [Int32Array<ArrayBuffer>, Status]>(true)
  // @ts-expect-error: a string cannot be filled
  await receive(0, { buffer: 'text' })
  // @ts-expect-error: the destination's keyword is not the source's
  await receive(0, { useBuffer: true })

  const shaped = ndarray(new Float64Array(6), [2, 3])
  assertType<typeof shaped, NDArray<Float64Array<ArrayBuffer>>>(true)
  const everywhere = await broadcast({ a: 1 })
  assertType<typeof everywhere, { a: number }>(true)
  const rows = await scatter(shaped)
  assertType<typeof rows, typeof shaped>(true)
  const letters = await scatter('abc', { root: 1 })
  assertType<typeof letters, string>(true)
  const joined = await gather(rows)
  assertType<typeof joined, typeof shaped | undefined>(true)
  const total = await reduce(new Int32Array(3), SUM, 1)
  assertType<typeof total, Int32Array<ArrayBuffer> | undefined>(true)
  const number = await reduce(3, SUM)
  assertType<typeof number, number | undefined>(true)
  // @ts-expect-error: only arrays and strings are cut
  await scatter({ a: 1 })
}
