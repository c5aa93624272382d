// A rank program: broadcast, scatter, gather and reduce against what one process computes, from every root.
import { deepEqual, equal, rejects } from 'node:assert/strict'
import * as pp from 'zmpi/pypar'

const me = pp.rank()
const P = pp.size()
const ranks = Array.from({ length: P }, (_, r) => r)
const cube = (n: number) =>
  pp.ndarray(
    Float64Array.from({ length: n * 6 }, (_, i) => i),
    [n, 2, 3],
  )
/** Rows of `cube`. */
const rows = (n: number, low: number, high: number) =>
  pp.ndarray(cube(n).data.slice(low * 6, high * 6), [high - low, 2, 3])

const truth = (x: number): number => (x === 0 ? 0 : 1)
/** What rank r gives to reduce. */
const given = (r: number): Int32Array => Int32Array.from({ length: 12 }, (_, i) => (7 * i + 3 * r * i + r) % 5)

for (const root of ranks) {
  const isRoot = me === root
  const onRoot = <T>(value: T): T | undefined => (isRoot ? value : undefined)

  // broadcast: objects and strings come back, arrays also fill what is given
  deepEqual(await pp.broadcast(onRoot({ from: root }), root), { from: root })
  equal(await pp.broadcast(isRoot ? 'a long text from root' : 'short', { root }), 'a long text from root')
  const array = isRoot ? Int32Array.of(1, 2, 3) : new Int32Array(3)
  equal(await pp.broadcast(array, root), array)
  deepEqual(array, Int32Array.of(1, 2, 3))
  const shaped = isRoot ? cube(2) : pp.ndarray(new Float64Array(12), [2, 2, 3])
  equal(await pp.broadcast(shaped, root), shaped)
  deepEqual(shaped, cube(2))
  deepEqual(await pp.broadcast(onRoot(cube(3)), root), cube(3))
  const misfit = pp.broadcast(isRoot ? Int32Array.of(1, 2, 3) : new Int32Array(2), root)
  if (isRoot) await misfit
  else await rejects(misfit, RangeError)

  // scatter: any length, data only on root; gather puts it together again
  for (const n of [0, 1, P - 1, P, P + 1, 17]) {
    const [low, high] = pp.balance(n, P, me)
    const text = 'abcdefghijklmnopq'.slice(0, n)
    const part = await pp.scatter(onRoot(text), { root })
    equal(part, text.slice(low, high))
    equal(await pp.gather(part, root), onRoot(text))

    const numbers = Int32Array.from({ length: n }, (_, i) => 10 * i)
    const slice = await pp.scatter(onRoot(numbers), root)
    deepEqual(slice, numbers.slice(low, high))
    deepEqual(await pp.gather(slice, root), onRoot(numbers))

    const block = await pp.scatter(onRoot(cube(n)), root)
    deepEqual(block, rows(n, low, high))
    deepEqual(await pp.gather(block, root), onRoot(cube(n)))

    // with buffers
    const room = new Int32Array(high - low)
    equal(await pp.scatter(onRoot(numbers), { root, buffer: room }), room)
    deepEqual(room, slice)
    const all = new Int32Array(n).fill(-1)
    equal(await pp.gather(room, { root, buffer: all }), all)
    deepEqual(all, isRoot ? numbers : new Int32Array(n).fill(-1))
  }
  // A full-sized array on every rank, as PyPar wanted it: only root's counts
  deepEqual(await pp.scatter(new Int32Array(P).fill(root === me ? 1 : 2), root), Int32Array.of(1))

  // reduce: all ten operators, with and without a buffer, one axis and three
  const operators: [pp.Operator, (a: number, b: number) => number, prepare?: (x: number) => number][] = [
    [pp.MAX, Math.max],
    [pp.MIN, Math.min],
    [pp.SUM, (a, b) => a + b],
    [pp.PROD, (a, b) => a * b],
    [pp.LAND, (a, b) => a & b, truth],
    [pp.LOR, (a, b) => a | b, truth],
    [pp.LXOR, (a, b) => a ^ b, truth],
    [pp.BAND, (a, b) => a & b],
    [pp.BOR, (a, b) => a | b],
    [pp.BXOR, (a, b) => a ^ b],
  ]
  for (const [op, plain, prepare = (x: number): number => x] of operators) {
    const expected = ranks.map((r) => given(r).map(prepare)).reduce((a, b) => a.map((x, i) => plain(x, b[i] ?? 0)))
    deepEqual(await pp.reduce(given(me), op, root), onRoot(expected))
    const buffer = new Int32Array(12).fill(-1)
    equal(await pp.reduce(given(me), op, { root, buffer }), buffer)
    deepEqual(buffer, isRoot ? expected : new Int32Array(12).fill(-1))
    deepEqual(await pp.reduce(pp.ndarray(given(me), [2, 3, 2]), op, { root }), onRoot(pp.ndarray(expected, [2, 3, 2])))
  }
  deepEqual(await pp.reduce(Float64Array.of(me, 0.5), pp.SUM, root), onRoot(Float64Array.of((P * (P - 1)) / 2, P / 2)))
  equal(await pp.reduce(me + 1, pp.MAX, root), onRoot(P))
  equal(await pp.reduce(me, pp.LAND, root), onRoot(0))
  equal(await pp.reduce(me, pp.LOR, root), onRoot(P > 1 ? 1 : 0))
}

// What is wrong is said before anything is sent: the next call still works
await rejects(
  pp.reduce(new Int32Array(3), pp.SUM, { buffer: new Int32Array(2) }),
  /x is Int32Array\(3\) but the buffer is Int32Array\(2\)/,
)
await rejects(pp.gather({ a: 1 } as never), /x is an object, not an array or a string/)
await rejects(pp.broadcast(1, P), /root/)
await rejects(async () => pp.send(1, P), /destination/)
equal(await pp.reduce(1, pp.SUM), me === 0 ? P : undefined)

// The buffer calls of bsend are bookkeeping
equal(pp.pushForAlloc(new Float64Array(2)), 16)
equal(pp.alloc(), 16)
pp.allocAndAttach()
await pp.detachAndDealloc()
equal(pp.alloc(), 0)
equal(pp.alloc(100), 100)
console.log(`rank ${me} passes`)
