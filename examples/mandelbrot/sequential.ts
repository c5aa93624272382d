// The picture on one process, as a yardstick.
//   node examples/mandelbrot/sequential.ts --png mandelbrot.png
import { wtime } from 'zmpi'
import { computeRows } from './kernel.ts'
import { reportPicture } from './report.ts'
import { kmax, size } from './settings.ts'

const start = wtime()
const counts = new Int32Array(size * size)
computeRows(counts, size, kmax, 0, size)
await reportPicture(counts, wtime() - start)
