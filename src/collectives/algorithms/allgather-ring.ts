/**
 * Ring allgather: every rank passes on to its neighbour the block that it got last.
 *
 * For large blocks: only neighbours talk. p − 1 steps; each rank sends n·(p − 1)/p bytes.
 */
import type { Blocks } from '../blocks.ts'
import { shift } from '../patterns.ts'

export async function allgatherRing(blocks: Blocks): Promise<void> {
  const { number, size } = blocks
  const { destination, source } = shift(number, size, 1)
  for (let step = 0; step < size - 1; step++) {
    const mine = (number - step + size) % size
    const theirs = (mine - 1 + size) % size
    await Promise.all([blocks.send(mine, 1, destination), blocks.receive(theirs, 1, source)])
  }
}
