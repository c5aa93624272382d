// The message has another tag than the receive asks for.
//   zmpirun -n 2 examples/mistakes/wrong-tag.ts
import { world } from 'zmpi'

const RESULT = 5
if (world.rank === 0) {
  console.log(await world.receive(1, { tag: RESULT }))
  await world.send('thanks', 1)
} else {
  await world.send('a result', 0)
  console.log(await world.receive(0))
}
