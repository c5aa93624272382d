// PyPar's demo2: every process averages its part of 100 … 120; rank 0 combines them. Also runs on one process.
//   zmpirun -n 4 examples/05-demo2.ts       prints a global average of 110.0000
import { equal } from 'node:assert/strict'
import { rank, receive, send, size } from 'zmpi/pypar'

const me = rank()
const P = size()
const data = Array.from({ length: 21 }, (_, i) => 100 + i)

// Equal parts; the last process takes the rest too
const length = Math.floor(data.length / P)
const mine = data.slice(me * length, me === P - 1 ? data.length : (me + 1) * length)
const average = mine.length === 0 ? 0 : mine.reduce((sum, x) => sum + x) / mine.length
console.log(`P${me}: local average of ${mine.length} numbers is ${average.toFixed(4)}`)

const contribution = average * mine.length
if (me === 0) {
  let total = contribution
  for (let p = 1; p < P; p++) total += await receive<number>(p)
  const global = total / data.length
  console.log(`Global average is ${global.toFixed(4)}`)
  equal(global.toFixed(4), '110.0000')
} else await send(contribution, 0)
