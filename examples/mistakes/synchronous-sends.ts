// Every rank waits until its message is received, before it receives.
//   zmpirun -n 3 examples/mistakes/synchronous-sends.ts
import { world } from 'zmpi'

const { rank, size } = world
await world.send(rank, (rank + 1) % size, { synchronous: true })
console.log(await world.receive((rank + size - 1) % size))
