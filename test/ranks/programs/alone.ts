// Without a launcher: rank 0 of 1, to itself and with every collective of one.
import { Op, world } from 'zmpi'

await world.send({ x: 1 }, 0)
console.log(world.rank, world.size, JSON.stringify(await world.receive()), await world.allreduce(5, Op.sum))
