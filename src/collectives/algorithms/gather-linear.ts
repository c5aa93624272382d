/**
 * Linear gather: every rank sends its block to the root. Blocks may differ in type and size.
 *
 * For few ranks, or large blocks. 1 step; the root receives p − 1 messages of n/p bytes.
 */
import type { Blocks } from '../blocks.ts'

export async function gatherLinear(blocks: Blocks): Promise<void> {
  const { number, size } = blocks
  if (number > 0) return blocks.send(number, 1, 0)
  const receives: Promise<void>[] = []
  for (let peer = 1; peer < size; peer++) receives.push(blocks.receive(peer, 1, peer))
  await Promise.all(receives)
}
