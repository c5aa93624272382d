// Rank 0 deals blocks of rows to whoever is free and computes nothing itself: run one process more than there are cores.
//   zmpirun -n 5 examples/mandelbrot/dynamic.ts --times
import { anySource, balance, rank, receive, send, size as processes, time } from 'zmpi/pypar'
import { computeRows } from './kernel.ts'
import { reportPicture, reportShares } from './report.ts'
import { kmax, size } from './settings.ts'

const BLOCKS = 24
const WORK = 0
const RESULT = 1
type Rows = readonly [low: number, high: number]

async function lead(): Promise<void> {
  const start = time()
  const counts = new Int32Array(size * size)
  let next = 0
  const deal = (worker: number): Promise<void> =>
    send(next < BLOCKS ? balance(size, BLOCKS, next++) : null, worker, { tag: WORK })
  for (let worker = 1; worker < processes(); worker++) await deal(worker)
  for (let done = 0; done < BLOCKS; done++) {
    const [[low, block], status] = await receive<[number, Int32Array]>(anySource, { tag: RESULT, returnStatus: true })
    counts.set(block, low * size)
    await deal(status.source)
  }
  await reportPicture(counts, time() - start)
  await reportShares(0, 0)
}

async function serve(): Promise<void> {
  const counts = new Int32Array(size * size)
  let iterations = 0
  let seconds = 0
  for (;;) {
    const rows = await receive<Rows | null>(0, { tag: WORK })
    if (rows === null) break
    const [low, high] = rows
    const start = time()
    computeRows(counts, size, kmax, low, high)
    seconds += time() - start
    const block = counts.subarray(low * size, high * size)
    iterations += block.reduce((sum, count) => sum + count, 0)
    await send([low, block], 0, { tag: RESULT })
  }
  console.log(`P${rank()}: finished after ${seconds.toFixed(2)} seconds of work`)
  await reportShares(iterations, seconds)
}

if (processes() < 2 || processes() > BLOCKS) {
  // Rank 0 says so for all
  if (rank() === 0) {
    console.error(`The dynamic version needs 2 to ${BLOCKS} processes, not ${processes()}`)
    process.exitCode = 2
  }
} else if (rank() === 0) await lead()
else await serve()
