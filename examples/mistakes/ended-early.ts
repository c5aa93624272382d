// Rank 1 ends without sending what rank 0 waits for.
//   zmpirun -n 2 examples/mistakes/ended-early.ts
import { world } from 'zmpi'

if (world.rank === 0) console.log(await world.receive(1))
