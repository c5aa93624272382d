// The six exercises of PyPar's tutorial, one after the other.
//   zmpirun -n 4 examples/03-exercises.ts
import { deepEqual, equal, ok } from 'node:assert/strict'
import { barrier, getProcessorName, rank, receive, send, size, time } from 'zmpi/pypar'

const me = rank()
const P = size()
if (P < 2) {
  console.error(`The exercises need at least 2 processes, not ${P}`)
  process.exit(2)
}
const workers = Array.from({ length: P - 1 }, (_, i) => i + 1)

// (a) Who is where
console.log(`(a) I am processor ${me} of ${P} on node ${getProcessorName()}`)

// (b) One message
if (me === 0) await send(42, 1, { tag: 13 })
if (me === 1) {
  const answer = await receive<number>(0, { tag: 13 })
  console.log(`(b) Processor 1 received ${answer}`)
  equal(answer, 42)
}

// (c) and (d) Round the ring, each adds 1; rank 0 times it
await barrier()
const start = time()
if (me === 0) {
  await send(42, 1)
  const sum = await receive<number>(P - 1)
  console.log(`(c) Round the ring came ${sum}`)
  console.log(`(d) in ${((time() - start) * 1e3).toFixed(3)} ms`)
  equal(sum, 42 + P - 1)
} else {
  const sum = await receive<number>(me - 1)
  await send(sum + 1, (me + 1) % P)
}

// (e) Give 42 to all; each adds its rank; collect in rank order
if (me === 0) {
  for (const worker of workers) await send(42, worker)
  const sums: number[] = []
  for (const worker of workers) sums.push(await receive<number>(worker))
  console.log(`(e) Collected ${sums.join(' ')}`)
  deepEqual(
    sums,
    workers.map((worker) => 42 + worker),
  )
} else await send((await receive<number>(0)) + me, 0)

// (f) Worker p returns the p-norm of 0 … 1023
const norm = (x: Float64Array, p: number): number => x.reduce((sum, value) => sum + value ** p, 0) ** (1 / p)
if (me === 0) {
  const x = Float64Array.from({ length: 1024 }, (_, i) => i)
  for (const worker of workers) await send(x, worker)
  for (const worker of workers) {
    const result = await receive<number>(worker)
    console.log(`(f) ${worker}-norm = ${result.toFixed(4)}`)
    ok(Math.abs(result - norm(x, worker)) < 1e-6 * result)
  }
} else await send(norm(await receive<Float64Array>(0), me), 0)
