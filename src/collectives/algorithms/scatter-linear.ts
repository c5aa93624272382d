/**
 * Linear scatter: the root sends each rank its block. Blocks may differ in type and size.
 *
 * For few ranks, or blocks so large that passing them on costs more than the root's many sends.
 * 1 step; the root sends p − 1 messages of n/p bytes.
 */
import type { Blocks } from '../blocks.ts'

export async function scatterLinear(blocks: Blocks): Promise<void> {
  const { number, size } = blocks
  if (number > 0) return blocks.receive(number, 1, 0)
  const sends: Promise<void>[] = []
  for (let peer = 1; peer < size; peer++) sends.push(blocks.send(peer, 1, peer))
  await Promise.all(sends)
}
