// Rank 0 calls a barrier where the others reduce. All of them hear of it.
import { isMpiError, Op, world } from 'zmpi'

const { rank } = world
try {
  // Both lines on their own: the places are told.
  // prettier-ignore
  if (rank === 0) await world.barrier()
  else await world.allreduce(rank, Op.sum)
} catch (error) {
  console.log(isMpiError(error) ? error.code : 'other', (error as Error).message)
}
