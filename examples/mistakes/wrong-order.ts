// Two collectives in another order on one rank.
//   zmpirun -n 2 examples/mistakes/wrong-order.ts
import { Op, world } from 'zmpi'

if (world.rank === 0) {
  await world.barrier()
  await world.allreduce(1, Op.sum)
} else {
  await world.allreduce(1, Op.sum)
  await world.barrier()
}
