import { Op, world } from 'zmpi'

const sum = await world.allreduce(world.rank, Op.sum)
if (world.rank === 0) console.log(sum)
