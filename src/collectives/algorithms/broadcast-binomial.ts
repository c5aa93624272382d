/**
 * Binomial tree broadcast: each rank that has the value passes it on, so in each step twice as many have it.
 *
 * For small values, and wherever only the root knows what comes. ⌈log₂ p⌉ steps; the root sends n·⌈log₂ p⌉ bytes,
 * (p − 1)·n travel in all.
 */
import { SENT, type Channel } from '../channel.ts'
import type { Holder } from '../holder.ts'
import { absoluteRank, binomialTree, relativeRank } from '../patterns.ts'

export async function broadcastBinomial(channel: Channel, holder: Holder, root: number): Promise<void> {
  const { rank, size } = channel
  const { parent, children } = binomialTree(relativeRank(rank, root, size), size)
  if (parent !== undefined) await holder.fill(absoluteRank(parent, root, size))
  const sends: Promise<void>[] = []
  // The largest subtree first: it has the longest way to go.
  for (let i = children.length - 1; i >= 0; i--) {
    const sent = channel.send(holder.value, absoluteRank(children[i]?.child ?? 0, root, size))
    if (sent !== SENT) sends.push(sent)
  }
  if (sends.length > 0) await Promise.all(sends)
}
