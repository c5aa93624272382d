// Rank 0 has sent a large message and ended; rank 1 waits for another one. Small messages are only reported, this one waits.
//   zmpirun -n 2 examples/mistakes/large-never-received.ts
import { world } from 'zmpi'

if (world.rank === 0) await world.send(new Float64Array(4_000_000), 1, { tag: 1 })
else console.log(await world.receive(0, { tag: 2 }))
