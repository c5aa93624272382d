// Folds long arrays, several times over the room that shared memory has for them; prints whether every element is right.
import { Op, world } from 'zmpi'

const { rank, size } = world
const length = 100_003
let wrong = 0
await world.barrier()
for (let round = 0; round < 10; round++) {
  const sums = Float64Array.from({ length }, (_, i) => rank * (i + round))
  await world.allreduceInto(sums, Op.sum)
  wrong += sums.filter((sum, i) => sum !== ((size * (size - 1)) / 2) * (i + round)).length
}
console.log(wrong === 0 ? 'right' : `${wrong} are wrong`)
