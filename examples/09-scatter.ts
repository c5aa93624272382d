// PyPar's scatter: rank 0's array is dealt out in slices, as a new array or into one's own.
//   zmpirun -n 4 examples/09-scatter.ts
import { deepEqual } from 'node:assert/strict'
import { balance, rank, scatter, size } from 'zmpi/pypar'

const N = 16
const [low, high] = balance(N, size(), rank())
const x = rank() === 0 ? Int32Array.from({ length: N }, (_, i) => i) : undefined

const slice = await scatter(x)
console.log(`P${rank()} got      [${slice.join(' ')}]`)

const buffer = new Int32Array(high - low)
await scatter(x, { buffer })
console.log(`P${rank()} filled   [${buffer.join(' ')}]`)

deepEqual(
  slice,
  Int32Array.from({ length: high - low }, (_, i) => low + i),
)
deepEqual(buffer, slice)
