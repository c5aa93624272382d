// Odd-even transposition sort: neighbours swap the lower and the upper half of what they have, in P phases.
//   zmpirun -n 4 examples/22-odd-even-sort.ts
import { deepEqual } from 'node:assert/strict'
import { PROC_NULL, world } from 'zmpi'
import { randomFrom } from './random.ts'

const EACH = 200
const { rank, size } = world
const random = randomFrom(1962)
const all = Float64Array.from({ length: EACH * size }, random)

let mine = (await world.scatter(rank === 0 ? all : undefined)).toSorted()
for (let phase = 0; phase < size; phase++) {
  const isLower = (rank + phase) % 2 === 0
  const neighbour = isLower ? rank + 1 : rank - 1
  const partner = neighbour >= 0 && neighbour < size ? neighbour : PROC_NULL
  const theirs = await world.sendReceive<Float64Array | undefined>(mine, partner, partner)
  if (theirs === undefined) continue // at the end of the row
  const both = Float64Array.of(...mine, ...theirs).toSorted()
  mine = isLower ? both.slice(0, EACH) : both.slice(EACH)
}

const blocks = await world.gather(mine)
if (blocks !== undefined) {
  deepEqual(
    blocks.flatMap((block) => Array.from(block)),
    Array.from(all.toSorted()),
  )
  console.log(`${all.length} numbers are sorted after ${size} phases`)
}
