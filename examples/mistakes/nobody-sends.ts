// The master waits for a result from anybody, the workers wait for a task that it has never sent.
//   zmpirun -n 4 examples/mistakes/nobody-sends.ts
import { world } from 'zmpi'

if (world.rank === 0) console.log(await world.receive())
else await world.send((await world.receive<number>(0)) ** 2, 0)
