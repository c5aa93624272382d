// Every rank sends a block of `size` bytes to every rank: the mean over the ranks. zmpirun -n 4 examples/osu/alltoall.ts
import { world } from 'zmpi'
import { bytes, collectiveLatency, settings } from './osu.ts'

const test = settings({ largest: 1024 ** 2, small: { skip: 200, loops: 1000 }, large: { skip: 10, loops: 100 } })
await collectiveLatency('All-to-All Personalized Exchange', test, (size) => {
  const values = Array.from({ length: world.size }, () => bytes(size, world.rank))
  return {
    run: () => world.alltoall(values),
    check: (result) => (result as Uint8Array[]).every((block, rank) => block.at(-1) === rank && block.length === size),
  }
})
