// Every rank sends to every other one, all sizes mixed, many un-awaited; receivers check order and content.
import { world } from 'zmpi'

const { rank, size } = world
const MESSAGES = 300
const SIZES = [0, 1, 8, 129, 1000, 8192, 70_000, 3 << 20]
const lengthOf = (i: number): number =>
  i % 50 === 49 ? (SIZES.at(-1) ?? 0) : (SIZES[(i * 7) % (SIZES.length - 1)] ?? 0)
const others = Array.from({ length: size }, (_, other) => other).filter((other) => other !== rank)
const sends = others.flatMap((other) =>
  Array.from({ length: MESSAGES }, (_, i) => world.send(new Uint8Array(lengthOf(i)).fill(i + rank), other)),
)
await Promise.all(
  others.map(async (other) => {
    for (let i = 0; i < MESSAGES; i++) {
      const value = await world.receive<Uint8Array>(other)
      const expected = (i + other) & 255
      if (value.length !== lengthOf(i) || !value.every((byte) => byte === expected))
        throw new Error(`message ${i} from ${other} is wrong`)
    }
  }),
)
await Promise.all(sends)
console.log('right')
