// Rank 1 gets three messages and receives one.
import { world } from 'zmpi'

if (world.rank === 0) {
  await world.send('first', 1, { tag: 1 })
  await world.send('second', 1, { tag: 2 })
  await world.send(new Float64Array(1_000_000), 1, { tag: 3 })
  await world.send('go', 1, { tag: 4 })
} else await world.receive(0, { tag: 4 })
