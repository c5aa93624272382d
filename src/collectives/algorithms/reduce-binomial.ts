/**
 * Binomial tree reduce: each rank folds in its subtree, nearest ranks first, then sends the partial result up.
 *
 * Subtrees are runs of neighbouring ranks, so the fold keeps rank order when the tree stands on rank 0; for operators
 * that need it, the result then takes one hop to the root. ⌈log₂ p⌉ steps (+ 1); each rank sends n bytes.
 */
import type { Accumulator } from '../accumulator.ts'
import type { Channel } from '../channel.ts'
import { absoluteRank, binomialTree, relativeRank } from '../patterns.ts'

export async function reduceBinomial(
  channel: Channel,
  accumulator: Accumulator,
  root: number,
  commutative: boolean,
): Promise<void> {
  const { rank, size } = channel
  const top = commutative ? root : 0
  const { parent, children } = binomialTree(relativeRank(rank, top, size), size)
  for (const { child } of children) accumulator.append(await accumulator.receive(absoluteRank(child, top, size)))
  if (parent !== undefined) await channel.send(accumulator.value, absoluteRank(parent, top, size))
  if (top === root) return
  if (rank === top) await channel.send(accumulator.value, root)
  if (rank === root) await accumulator.fill(top)
}
