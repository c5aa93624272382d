// Bandwidth and message rate of many pairs, rank r with r + P/2. zmpirun -n 4 examples/osu/mbw-mr.ts [-m MIN:MAX] [-i LOOPS]
import { Op, world } from 'zmpi'
import { bytes, microseconds, needRanks, printHeading, printLine, settings } from './osu.ts'

const WINDOW = 64

needRanks(world.size % 2 === 0, 'an even number of')
const test = settings({ largest: 4 * 1024 ** 2, small: { skip: 10, loops: 100 }, large: { skip: 2, loops: 20 } })
const pairs = world.size / 2
const isSender = world.rank < pairs
const other = (world.rank + pairs) % world.size

printHeading(`Multiple Bandwidth / Message Rate, ${pairs} pairs, window ${WINDOW}`, 'Size', 'MB/s', 'Messages/s')
for (const size of test.sizes) {
  const value = bytes(size, 1)
  const targets = Array.from({ length: WINDOW }, () => new Uint8Array(size))
  const mine = await microseconds(test.loops(size), async () => {
    if (isSender) {
      await Promise.all(targets.map(() => world.send(value, other, { tag: 100 })))
      await world.receive(other, { tag: 101 })
    } else {
      await Promise.all(targets.map((target) => world.receiveInto(target, other, { tag: 100 })))
      await world.send(bytes(4, 1), other, { tag: 101 })
    }
  })
  if (!isSender && targets.some((target) => target.at(-1) !== 1)) throw new Error(`${size} bytes arrived wrong`)
  const round = await world.allreduce(mine, Op.max)
  const messages = (WINDOW * pairs) / round
  printLine(size, messages * size, messages * 1e6)
}
