// Both ranks receive before they send, so neither ever sends.
//   zmpirun -n 2 examples/mistakes/two-receive-first.ts
import { world } from 'zmpi'

const other = 1 - world.rank
const theirs = await world.receive(other)
await world.send(world.rank, other)
console.log(theirs)
