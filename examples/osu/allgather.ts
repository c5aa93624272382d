// Every rank gets a block of `size` bytes from every rank: the mean over the ranks. zmpirun -n 4 examples/osu/allgather.ts
import { world } from 'zmpi'
import { bytes, collectiveLatency, settings } from './osu.ts'

const test = settings({ largest: 1024 ** 2, small: { skip: 1000, loops: 10_000 }, large: { skip: 10, loops: 100 } })
await collectiveLatency('Allgather', test, (size) => {
  const value = bytes(size, world.rank)
  return {
    run: () => world.allgather(value),
    check: (result) => (result as Uint8Array[]).every((block, rank) => block.at(-1) === rank && block.length === size),
  }
})
