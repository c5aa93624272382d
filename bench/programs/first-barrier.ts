/** The smallest job that needs all its connections. */
import { world } from 'zmpi'

await world.barrier()
if (world.rank === 0) console.log('barrier')
