// Rank 2 does not come to the barrier: it waits for a message that rank 0 sends only after it.
//   zmpirun -n 4 examples/mistakes/skipped-barrier.ts
import { world } from 'zmpi'

if (world.rank === 2) console.log(await world.receive(0))
await world.barrier()
if (world.rank === 0) await world.send('after the barrier', 2)
