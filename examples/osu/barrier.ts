// Barrier: the mean over the ranks. zmpirun -n 4 examples/osu/barrier.ts [-i LOOPS]
import { Op, world } from 'zmpi'
import { microseconds, needRanks, printHeading, printLine, settings } from './osu.ts'

needRanks(world.size > 1, 'two or more')
const loops = { skip: 1000, loops: 10_000 }
const test = settings({ largest: 1, small: loops, large: loops })

printHeading('Barrier Latency', '', 'Avg Latency(us)')
const mine = await microseconds(test.loops(1), () => world.barrier())
printLine(undefined, (await world.allreduce(mine, Op.sum)) / world.size)
