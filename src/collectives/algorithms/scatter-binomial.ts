/**
 * Binomial tree scatter: each rank receives the blocks of its whole subtree and hands its children theirs.
 *
 * For small blocks and many ranks. ⌈log₂ p⌉ steps; the root sends n·(p − 1)/p bytes, all ranks n/2·log₂ p.
 */
import type { Blocks } from '../blocks.ts'
import { binomialTree } from '../patterns.ts'

export async function scatterBinomial(blocks: Blocks): Promise<void> {
  const { parent, span, children } = binomialTree(blocks.number, blocks.size)
  if (parent !== undefined) await blocks.receive(blocks.number, span, parent)
  await Promise.all(children.toReversed().map(({ child, span: count }) => blocks.send(child, count, child)))
}
