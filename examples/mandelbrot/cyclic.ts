// Process p computes rows p, p + P, p + 2P, …: neighbours cost about the same, so the shares are nearly equal.
//   zmpirun -n 4 examples/mandelbrot/cyclic.ts --times
import { barrier, rank, reduce, SUM, size as processes, time } from 'zmpi/pypar'
import { computeRows } from './kernel.ts'
import { reportPicture, reportShares, sumOf } from './report.ts'
import { kmax, size } from './settings.ts'

await barrier()
const start = time()
const counts = new Int32Array(size * size)
computeRows(counts, size, kmax, rank(), size, processes())
const seconds = time() - start
console.log(`P${rank()}: rows from ${rank()} in steps of ${processes()} took ${seconds.toFixed(2)} seconds`)

const total = await reduce(counts, SUM)
if (total !== undefined) await reportPicture(total, time() - start)
await reportShares(sumOf(counts), seconds)
