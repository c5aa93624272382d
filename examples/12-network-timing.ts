// PyPar's network_timing: how long arrays of growing size take from rank to rank, and the straight line through it.
//   zmpirun -n 2 examples/12-network-timing.ts
//   zmpirun -n 2 examples/12-network-timing.ts --method 0 --repeats 20 --steps 5
import { deepEqual } from 'node:assert/strict'
import { parseArgs } from 'node:util'
import { abort, barrier, getProcessorName, rank, receive, send, size, time } from 'zmpi/pypar'
import { randomFrom } from './random.ts'

const MAXM = 500_000
const BLOCK = 50_000
const { values } = parseArgs({
  options: {
    method: { type: 'string', default: '2' }, // 0: a new array each time; 1 and 2: into one's own
    repeats: { type: 'string', default: '10' },
    steps: { type: 'string', default: '10' },
  },
})
const repeats = Number(values.repeats)
const steps = Math.min(Math.max(Number(values.steps), 3), MAXM / BLOCK) // a line with an error needs three points
const me = rank()
const P = size()
const next = (me + 1) % P
const previous = (me + P - 1) % P
if (P < 2) {
  console.error('Timing a network needs at least 2 processes')
  abort(2)
}

const random = randomFrom(17)
const A = Float64Array.from({ length: MAXM }, () => 100 * random())
const buffer = new Float64Array(MAXM)
const pass = async (m: number): Promise<Float64Array> =>
  values.method === '0' ? receive<Float64Array>(previous) : receive(previous, { buffer: buffer.subarray(0, m) })

/** Seconds per hop of the first m numbers once round the ring, on rank 0; elsewhere 0. */
async function once(m: number, overhead: number): Promise<number> {
  await barrier()
  if (me !== 0) {
    await send(await pass(m), next)
    return 0
  }
  const start = time()
  await send(A.subarray(0, m), next)
  const back = await pass(m)
  const seconds = (time() - start - overhead) / P
  deepEqual([back.length, back[0], back[m - 1]], [m, A[0], A[m - 1]])
  return seconds
}

console.log(`P${me} is on node ${getProcessorName()}`)
const overhead = Math.min(...Array.from({ length: 10 }, () => -(time() - time())))
if (me === 0) {
  console.log(`Timing arrays of up to MAXM = ${MAXM} doubles on P = ${P} processes, ${repeats} times each`)
  console.log(`Timing overhead is ${overhead.toFixed(9)} seconds`)
}

const sizes = Array.from({ length: steps }, (_, i) => BLOCK * i + 1)
const rows = sizes.map((m) => ({ bytes: 8 * m, min: Infinity, sum: 0, max: 0 }))
for (let run = 1; run <= repeats; run++) {
  for (const [i, row] of rows.entries()) {
    const microseconds = 1e6 * (await once(sizes[i] ?? 1, overhead))
    row.min = Math.min(row.min, microseconds)
    row.sum += microseconds
    row.max = Math.max(row.max, microseconds)
  }
  if (me === 0) console.log(`Run ${run} of ${repeats}`)
}

const column = (value: number | string): string =>
  (typeof value === 'string' ? value : Math.round(value).toString()).padStart(10)

if (me === 0) {
  console.log(['bytes', 'min µs', 'avg µs', 'max µs'].map(column).join(''))
  for (const { bytes, min, sum, max } of rows) console.log([bytes, min, sum / repeats, max].map(column).join(''))

  // Least squares: min = latency + bytes · perByte
  const mean = (of: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((sum, row) => sum + of(row), 0) / steps
  const [x, y] = [mean((row) => row.bytes), mean((row) => row.min)]
  const perByte = mean((row) => (row.bytes - x) * (row.min - y)) / mean((row) => (row.bytes - x) ** 2)
  const latency = y - perByte * x
  const residue = mean((row) => (row.min - latency - perByte * row.bytes) ** 2)
  const variance = residue / mean((row) => row.bytes ** 2) / (steps - 2)
  console.log(`t_b = ${perByte.toExponential(3)} µs/byte, t_l = ${latency.toFixed(3)} µs`)
  console.log(`Estimated relative variance = ${variance.toFixed(9)}`)
  const [first] = rows
  console.log(`Bandwidth (1/t_b) = ${(1 / perByte).toFixed(3)} MB/s`)
  console.log(`Latency = ${Math.trunc((first?.min ?? 0) - (first?.bytes ?? 0) * perByte)} µs`)
}
