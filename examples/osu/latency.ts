// Ping-pong between two ranks: half the round trip. zmpirun -n 2 examples/osu/latency.ts [-m MIN:MAX] [-i LOOPS]
import { world } from 'zmpi'
import { bytes, microseconds, needRanks, printHeading, printLine, settings } from './osu.ts'

needRanks(world.size === 2, 'two')
const test = settings({
  largest: 4 * 1024 ** 2,
  small: { skip: 1000, loops: 10_000 },
  large: { skip: 10, loops: 100 },
})
const other = 1 - world.rank

printHeading('Latency', 'Size', 'Latency (us)')
for (const size of test.sizes) {
  const value = bytes(size, world.rank + 1)
  const target = new Uint8Array(size)
  const round = await microseconds(test.loops(size), async () => {
    if (world.rank === 0) await world.send(value, other, { tag: 1 })
    await world.receiveInto(target, other, { tag: 1 })
    if (world.rank === 1) await world.send(value, other, { tag: 1 })
  })
  if (target.some((byte) => byte !== other + 1)) throw new Error(`${size} bytes arrived wrong`)
  printLine(size, round / 2)
}
