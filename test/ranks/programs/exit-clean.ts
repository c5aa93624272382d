// process.exit after everything was received is no loss.
import { world } from 'zmpi'

const { rank, size } = world
await world.send(rank, (rank + 1) % size)
await world.receive((rank + size - 1) % size)
await world.barrier()
process.exit(0)
