// Squares of many numbers over a pool of ranks.
//   zmpirun -n 4 examples/13-squares.ts
import { deepEqual } from 'node:assert/strict'
import { world } from 'zmpi'
import { map } from './pool.ts'

const numbers = Array.from({ length: 20 }, (_, i) => i)
let mine = 0
const squares = await map(numbers, (x) => {
  mine++
  return x * x
})
console.log(`Rank ${world.rank} squared ${mine} numbers`)

if (squares !== undefined) {
  console.log(squares.join(' '))
  deepEqual(
    squares,
    numbers.map((x) => x * x),
  )
}
