/**
 * Linear allgather: every rank sends its block to every other one, all at once.
 *
 * For few ranks. 1 step; each rank sends p − 1 messages of n/p bytes.
 */
import type { Blocks } from '../blocks.ts'
import { shift } from '../patterns.ts'

export async function allgatherLinear(blocks: Blocks): Promise<void> {
  const { number, size } = blocks
  const transfers: Promise<void>[] = []
  for (let distance = 1; distance < size; distance++) {
    const { destination, source } = shift(number, size, distance)
    transfers.push(blocks.send(number, 1, destination), blocks.receive(source, 1, source))
  }
  await Promise.all(transfers)
}
