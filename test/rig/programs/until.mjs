// All ranks meet and say so; when rank 0 has read a line they add up and end.
import { once } from 'node:events'
import { Op, world } from '../../../dist/lib/api/index.js'

// Everybody to everybody: all are connected.
await world.alltoall(Array.from({ length: world.size }, () => 0))
await world.barrier()
console.log('met')
if (world.rank === 0) await once(process.stdin, 'data')
process.stdin.destroy()
console.log(`sum ${await world.allreduce(world.rank, Op.sum)}`)
