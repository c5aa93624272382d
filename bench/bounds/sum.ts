/** sum [START]: one sum over all ranks. Rank 0 reports when it was there, in ms since START. */
import { Op, world } from 'zmpi'
import { report } from './footprint.ts'

const sum = await world.allreduce(world.rank, Op.sum)
const start = Number(process.argv[2])
if (world.rank === 0 && !Number.isNaN(start)) report({ sum, milliseconds: Date.now() - start })
