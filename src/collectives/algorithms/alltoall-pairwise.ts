/**
 * Pairwise exchange: in step k each rank sends to the rank k ahead and receives from the rank k behind.
 *
 * For large blocks and many ranks: one message at a time in and out. p − 1 steps; each rank sends n·(p − 1)/p bytes.
 */
import type { Outbox } from '../outbox.ts'
import { shift } from '../patterns.ts'

export async function alltoallPairwise(outbox: Outbox): Promise<void> {
  const { rank, size } = outbox
  for (let distance = 1; distance < size; distance++) {
    const { destination, source } = shift(rank, size, distance)
    await Promise.all([outbox.send(destination), outbox.receive(source)])
  }
}
