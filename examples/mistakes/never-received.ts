// Rank 0 ends with a message that nobody receives: a warning, and with --strict the exit status 70.
//   zmpirun -n 2 --strict examples/mistakes/never-received.ts
import { world } from 'zmpi'

if (world.rank === 0) await world.send('nobody wants me', 1, { tag: 3 })
await world.barrier()
