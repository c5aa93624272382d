import { OPENING_CALL } from '../../src/comm/adoption.ts'
import type { Communicator } from '../../src/comm/communicator.ts'

/** So many calls does `adopt` make. */
export const ADOPTING_CALLS = OPENING_CALL + 2

/**
 * Makes calls after which all that follows is on the board, and the board is empty: by the one before the last but one all
 * ranks have opened it, in the last but one rank 0 at the latest proposes the last, whose data is so long that it is given
 * back at once, with all before it. (Of ranks in one thread: between processes it may be a later one.)
 */
export async function adopt(comm: Communicator): Promise<void> {
  for (let i = 0; i <= OPENING_CALL; i++) await comm.barrier()
  const blocks = new Float64Array(comm.size * 1000)
  await comm.alltoallInto(blocks.slice(), blocks)
}
