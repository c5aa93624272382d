// Broadcast from rank 0: the mean over the ranks. zmpirun -n 4 examples/osu/bcast.ts [-m MIN:MAX] [-i LOOPS]
import { world } from 'zmpi'
import { bytes, collectiveLatency, settings } from './osu.ts'

const test = settings({ largest: 1024 ** 2, small: { skip: 1000, loops: 10_000 }, large: { skip: 10, loops: 100 } })
await collectiveLatency('Broadcast', test, (size) => {
  const value = world.rank === 0 ? bytes(size, 7) : undefined
  return {
    run: () => world.broadcast(value),
    check: (result) => result instanceof Uint8Array && result.length === size && result.every((byte) => byte === 7),
  }
})
