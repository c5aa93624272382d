// Bandwidth in both directions at once. zmpirun -n 2 examples/osu/bibw.ts [-m MIN:MAX] [-i LOOPS]
import { world } from 'zmpi'
import { bytes, microseconds, needRanks, printHeading, printLine, settings } from './osu.ts'

const WINDOW = 64

needRanks(world.size === 2, 'two')
const test = settings({ largest: 4 * 1024 ** 2, small: { skip: 10, loops: 100 }, large: { skip: 2, loops: 20 } })
const other = 1 - world.rank

printHeading('Bi-Directional Bandwidth', 'Size', 'Bandwidth (MB/s)')
for (const size of test.sizes) {
  const value = bytes(size, world.rank + 1)
  const targets = Array.from({ length: WINDOW }, () => new Uint8Array(size))
  const round = await microseconds(test.loops(size), async () => {
    const arrivals = targets.map((target) => world.receiveInto(target, other, { tag: 10 }))
    const sends = targets.map(() => world.send(value, other, { tag: 10 }))
    await Promise.all([...arrivals, ...sends])
  })
  if (targets.some((target) => target.at(-1) !== other + 1)) throw new Error(`${size} bytes arrived wrong`)
  printLine(size, (2 * size * WINDOW) / round)
}
