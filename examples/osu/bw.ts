// Bandwidth: 64 messages in flight, then an acknowledgement. zmpirun -n 2 examples/osu/bw.ts [-m MIN:MAX] [-i LOOPS]
import { world } from 'zmpi'
import { bytes, microseconds, needRanks, printHeading, printLine, settings } from './osu.ts'

const WINDOW = 64

needRanks(world.size === 2, 'two')
const test = settings({ largest: 4 * 1024 ** 2, small: { skip: 10, loops: 100 }, large: { skip: 2, loops: 20 } })

printHeading('Bandwidth', 'Size', 'Bandwidth (MB/s)')
for (const size of test.sizes) {
  const value = bytes(size, 1)
  const targets = Array.from({ length: WINDOW }, () => new Uint8Array(size))
  const round = await microseconds(test.loops(size), async () => {
    if (world.rank === 0) {
      await Promise.all(targets.map(() => world.send(value, 1, { tag: 100 })))
      await world.receive(1, { tag: 101 })
    } else {
      await Promise.all(targets.map((target) => world.receiveInto(target, 0, { tag: 100 })))
      await world.send(bytes(4, 1), 0, { tag: 101 })
    }
  })
  if (world.rank === 1 && targets.some((target) => target.at(-1) !== 1)) throw new Error(`${size} bytes arrived wrong`)
  printLine(size, (size * WINDOW) / round)
}
