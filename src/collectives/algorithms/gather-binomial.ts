/**
 * Binomial tree gather: each rank collects the blocks of its subtree and sends them to its parent at once.
 *
 * For small blocks and many ranks. ⌈log₂ p⌉ steps; the root receives n·(p − 1)/p bytes, all ranks send n/2·log₂ p.
 */
import type { Blocks } from '../blocks.ts'
import { binomialTree } from '../patterns.ts'

export async function gatherBinomial(blocks: Blocks): Promise<void> {
  const { parent, span, children } = binomialTree(blocks.number, blocks.size)
  await Promise.all(children.map(({ child, span: count }) => blocks.receive(child, count, child)))
  if (parent !== undefined) await blocks.send(blocks.number, span, parent)
}
