// Every rank says who and where it is; rank 0 hears of all and counts them.
//   zmpirun -n 4 examples/01-hello.ts
import { deepEqual } from 'node:assert/strict'
import { hostName, world } from 'zmpi'

const { rank, size } = world
console.log(`Hello from rank ${rank} of ${size} on ${hostName()}`)

const ranks = await world.gather(rank)
if (ranks !== undefined) {
  deepEqual(ranks, [...Array(size).keys()])
  console.log(`All ${size} have said hello`)
}
