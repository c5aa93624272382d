// All ranks meet, say so, and wait for a message that never comes; `busy` ones compute instead.
import { world } from '../../../dist/lib/api/index.js'

await world.alltoall(Array.from({ length: world.size }, () => 0))
// All are connected now, so what the second one sends has left before anybody computes.
await world.barrier()
console.log(`met ${process.pid}`)
if (process.argv[2] === 'busy') for (;;);
await Promise.race([
  world.receive((world.rank + 1) % world.size),
  new Promise((resolve) => setTimeout(resolve, 100_000)),
])
