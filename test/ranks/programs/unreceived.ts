// Rank 1 gets five messages and receives one; the last comes to a communicator that it has freed.
import { world } from 'zmpi'

const freed = await world.duplicate()
if (world.rank === 0) {
  await world.send('first', 1, { tag: 1 })
  await world.send('second', 1, { tag: 2 })
  await world.send(new Float64Array(1_000_000), 1, { tag: 3 })
  await freed.send('nobody there', 1, { tag: 5 })
  await world.send('go', 1, { tag: 4 })
} else {
  await freed.free()
  await world.receive(0, { tag: 4 })
}
