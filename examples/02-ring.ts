// A text goes round the ring of ranks and each appends its name.
//   zmpirun -n 4 examples/02-ring.ts        prints P0P1P2P3 and who is where
import { equal } from 'node:assert/strict'
import { hostName, world } from 'zmpi'

const { rank, size } = world
const next = (rank + 1) % size
const previous = (rank + size - 1) % size
console.log(`P${rank} is rank ${rank} of ${size} on ${hostName()}`)

if (rank === 0) {
  await world.send('P0', next)
  const text = await world.receive<string>(previous)
  console.log(text)
  equal(text, Array.from({ length: size }, (_, r) => `P${r}`).join(''))
} else {
  const text = await world.receive<string>(previous)
  await world.send(`${text}P${rank}`, next)
}
