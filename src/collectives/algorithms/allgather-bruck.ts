/**
 * Bruck's allgather (Bruck et al.: Efficient algorithms for all-to-all communications, 1997).
 *
 * In step k each rank sends the 2^k blocks that start with its own to the rank 2^k behind, and so has twice as many.
 * For small blocks on any number of ranks. ⌈log₂ p⌉ steps; each rank sends n·(p − 1)/p bytes.
 */
import type { Blocks } from '../blocks.ts'
import { shift } from '../patterns.ts'

export async function allgatherBruck(blocks: Blocks): Promise<void> {
  const { number, size } = blocks
  for (let distance = 1; distance < size; distance *= 2) {
    const { destination: ahead, source: behind } = shift(number, size, distance)
    const count = Math.min(distance, size - distance)
    await Promise.all([blocks.send(number, count, behind), blocks.receive(ahead, count, ahead)])
  }
}
