// Every process computes one block of rows. Simple, and slow: the blocks in the middle hold nearly all the work.
//   zmpirun -n 4 examples/mandelbrot/blockwise.ts --times
import { balance, barrier, rank, reduce, SUM, size as processes, time } from 'zmpi/pypar'
import { computeRows } from './kernel.ts'
import { reportPicture, reportShares, sumOf } from './report.ts'
import { kmax, size } from './settings.ts'

await barrier()
const start = time()
const counts = new Int32Array(size * size)
const [low, high] = balance(size, processes(), rank())
computeRows(counts, size, kmax, low, high)
const seconds = time() - start
console.log(`P${rank()}: rows ${low} to ${high - 1}, ${high - low} of them, in ${seconds.toFixed(2)} seconds`)

// Every matrix is zero where its rank has not worked
const total = await reduce(counts, SUM)
if (total !== undefined) await reportPicture(total, time() - start)
await reportShares(sumOf(counts), seconds)
