/**
 * Linear alltoall: all blocks leave at once, starting with the next rank, so that not all ranks flood rank 0 first.
 *
 * For few ranks. 1 step; each rank sends p − 1 messages of n/p bytes.
 */
import type { Outbox } from '../outbox.ts'
import { shift } from '../patterns.ts'

export async function alltoallLinear(outbox: Outbox): Promise<void> {
  const { rank, size } = outbox
  const transfers: Promise<void>[] = []
  for (let distance = 1; distance < size; distance++) {
    const { destination, source } = shift(rank, size, distance)
    transfers.push(outbox.send(destination), outbox.receive(source))
  }
  await Promise.all(transfers)
}
