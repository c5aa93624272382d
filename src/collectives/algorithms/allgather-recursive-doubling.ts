/**
 * Recursive doubling allgather: in step k partners at distance 2^k exchange all that they have.
 *
 * For small blocks on a power of two of ranks. log₂ p steps; each rank sends n·(p − 1)/p bytes.
 */
import type { Blocks } from '../blocks.ts'

export async function allgatherRecursiveDoubling(blocks: Blocks): Promise<void> {
  const { number, size } = blocks
  for (let distance = 1; distance < size; distance *= 2) {
    const partner = number ^ distance
    const mine = number & -distance // the first of the `distance` blocks that this rank has
    await Promise.all([blocks.send(mine, distance, partner), blocks.receive(mine ^ distance, distance, partner)])
  }
}
