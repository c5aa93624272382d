// Every rank of a ring receives before it sends: a cycle of as many ranks as there are.
//   zmpirun -n 3 examples/mistakes/ring-receives-first.ts
import { world } from 'zmpi'

const { rank, size } = world
const left = await world.receive((rank + size - 1) % size)
await world.send(rank, (rank + 1) % size)
console.log(left)
