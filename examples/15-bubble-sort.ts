// Many lists, each sorted by the slowest algorithm there is, on as many ranks as there are.
//   zmpirun -n 4 examples/15-bubble-sort.ts
import { deepEqual } from 'node:assert/strict'
import { map } from './pool.ts'
import { randomFrom } from './random.ts'

function bubbleSort(list: Float64Array): Float64Array {
  const sorted = list.slice()
  for (let end = sorted.length - 1; end > 0; end--)
    for (let i = 0; i < end; i++) {
      const [left = 0, right = 0] = sorted.subarray(i, i + 2)
      if (left > right) sorted.set([right, left], i)
    }
  return sorted
}

// The same seed gives every rank the same lists: only their numbers need to travel
const random = randomFrom(42)
const lists = Array.from({ length: 24 }, () => Float64Array.from({ length: 200 }, random))
const sorted = await map(lists, bubbleSort)
if (sorted !== undefined) {
  deepEqual(
    sorted,
    lists.map((list) => list.toSorted()),
  )
  console.log(`${sorted.length} lists of ${lists[0]?.length} numbers are sorted`)
}
