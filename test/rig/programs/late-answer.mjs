// All ranks meet and say so. A while later rank 0 asks the last one for an answer; everybody waits for it.
import { setTimeout as pause } from 'node:timers/promises'
import { world } from '../../../dist/lib/api/index.js'

const { rank, size } = world
await world.barrier()
await world.barrier()
console.log('met')
if (rank === 0) {
  await pause(1500)
  await world.send('well?', size - 1)
  await world.receive(size - 1)
} else if (rank === size - 1) {
  await world.receive(0)
  await world.send('well', 0)
}
await world.barrier()
console.log('done')
