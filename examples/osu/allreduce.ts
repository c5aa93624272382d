// Sum of 32-bit floats on all ranks: the mean over the ranks. zmpirun -n 4 examples/osu/allreduce.ts [-m MIN:MAX] [-i LOOPS]
import { Op, world } from 'zmpi'
import { collectiveLatency, settings } from './osu.ts'

const test = settings({
  smallest: 4,
  largest: 1024 ** 2,
  small: { skip: 1000, loops: 10_000 },
  large: { skip: 10, loops: 100 },
})
await collectiveLatency('Allreduce', test, (size) => {
  const value = new Float32Array(size / 4).fill(1)
  return {
    run: () => world.allreduce(value, Op.sum),
    check: (result) => result instanceof Float32Array && result.every((element) => element === world.size),
  }
})
