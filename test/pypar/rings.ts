// A rank program: values of every kind go round the ring, by send and by bsend, into a new value and into a buffer.
import { deepEqual, equal } from 'node:assert/strict'
import * as pp from 'zmpi/pypar'

const me = pp.rank()
const P = pp.size()
const next = (me + 1) % P
const previous = (me + P - 1) % P

const values: [value: unknown, length: number, bytes: number][] = [
  ['a string with Größe and 🙂', 30, 30],
  ['', 0, 0],
  [Int8Array.of(-1, 2), 2, 2],
  [Uint8Array.of(1, 255), 2, 2],
  [Int16Array.of(-300, 300), 2, 4],
  [Int32Array.of(1, 2, 3), 3, 12],
  [Float32Array.of(0.5, 1.5), 2, 8],
  [Float64Array.of(Math.PI, -0, NaN), 3, 24],
  [BigInt64Array.of(-(2n ** 60n)), 1, 8],
  [new Float64Array(0), 0, 0],
  [new Float64Array(200_000).fill(1.25), 200_000, 1_600_000],
  [pp.ndarray(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]), 6, 48],
  [
    pp.ndarray(
      Int32Array.from({ length: 24 }, (_, i) => i),
      [2, 3, 4],
    ),
    24,
    96,
  ],
  [
    pp.ndarray(
      Float32Array.from({ length: 32 }, (_, i) => i / 2),
      [2, 2, 2, 2, 2],
    ),
    32,
    128,
  ],
]
const objects: unknown[] = [
  42,
  null,
  true,
  -1.5,
  10n ** 30n,
  [1, ['two', { three: 3 }]],
  new Map([['a', new Set([1])]]),
]

// Rank 0 starts and gets back what it sent; everybody passes on what it got
async function round<T>(value: T, tag: number, send: typeof pp.send | typeof pp.bsend): Promise<[T, pp.Status]> {
  if (me === 0) await send(value, next, { tag })
  const [received, status] = await pp.receive<T>(previous, { tag, returnStatus: true })
  if (me !== 0) await send(received, next, { tag })
  return [received, status]
}

let tag = 0
for (const send of [pp.send, pp.bsend]) {
  for (const [value, length, bytes] of values) {
    const [received, status] = await round(value, ++tag, send)
    deepEqual(received, value)
    deepEqual(
      [status.source, status.tag, status.error, status.length, status.bytes()],
      [previous, tag, 0, length, bytes],
    )
  }
  for (const value of objects) deepEqual((await round(value, ++tag, send))[0], value)
}

// Into the caller's memory, whatever protocol the sender asks for
for (const options of [{}, { useBuffer: true }, { bypass: true }, { vanilla: true }])
  for (const [value] of values) {
    const isShaped = pp.isNDArray(value)
    if (typeof value === 'string') continue
    const data = (isShaped ? value.data : value) as Float64Array
    const memory = data.slice()
    new Uint8Array(memory.buffer).fill(0)
    const buffer = isShaped ? pp.ndarray(memory, value.shape) : memory
    if (me === 0) await pp.send(value, next, options)
    const [received, status] = await pp.receive(previous, { buffer, returnStatus: true })
    if (me !== 0) await pp.send(received, next, options)
    equal(received, buffer)
    deepEqual(memory, data)
    equal(status.bytes(), data.byteLength)
  }

// A shorter message leaves the rest of the buffer alone
const long = Int32Array.of(7, 7, 7, 7)
await pp.send(Int32Array.of(1, 2), next)
equal(await pp.receive(previous, { buffer: long }), long)
deepEqual(long, Int32Array.of(1, 2, 7, 7))

// bsend takes a copy: the sender may write at once
const mine = Float64Array.of(1, 2, 3)
pp.bsend(mine, next, { tag: 9 })
mine.fill(0)
deepEqual(await pp.receive(previous, { tag: 9 }), Float64Array.of(1, 2, 3))

// Everybody sends 30 MB before anybody receives: bsend does not wait
const big = new Float64Array(125_000)
for (let i = 0; i < 30; i++) pp.bsend(big.fill(i), next)
await pp.barrier()
for (let i = 0; i < 30; i++) equal((await pp.receive<Float64Array>(previous))[124_999], i)

// From any source with any tag
if (me === 0) {
  const seen = new Set<number>()
  for (let i = 1; i < P; i++) {
    const [value, status] = await pp.receive<number>(pp.anySource, { tag: pp.anyTag, returnStatus: true })
    deepEqual([value, status.tag], [100 + status.source, 50 + status.source])
    seen.add(status.source)
  }
  equal(seen.size, P - 1)
} else await pp.send(100 + me, 0, { tag: 50 + me })

// Out of order: PyPar paired the wrong control message with a payload
if (me === 0) {
  await pp.send('first', next, { tag: 1 })
  await pp.send(Float64Array.of(2), next, { tag: 2 })
  await pp.send({ third: 3 }, next, { tag: 3 })
}
if (me === 1 % P) {
  deepEqual(await pp.receive(0, { tag: 3 }), { third: 3 })
  deepEqual(await pp.receive(0, { tag: 2 }), Float64Array.of(2))
  deepEqual(await pp.receive(0, { tag: 1 }), 'first')
}

equal(pp.initialized(), true)
await pp.finalize()
equal(pp.initialized(), false)
console.log(`rank ${me} passes`)
