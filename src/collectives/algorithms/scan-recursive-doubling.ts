/**
 * Recursive doubling scan (Kogge, Stone: A parallel algorithm for the efficient solution of a general class of
 * recurrence equations, 1973).
 *
 * After step k each rank holds the fold of itself and the 2^(k+1) − 1 ranks before it. Keeps rank order.
 * ⌈log₂ p⌉ steps; each rank sends at most n·⌈log₂ p⌉ bytes.
 */
import { exchangePartials } from '../accumulator.ts'
import type { Accumulator } from '../accumulator.ts'
import type { Channel } from '../channel.ts'

export async function scanRecursiveDoubling(channel: Channel, accumulator: Accumulator): Promise<void> {
  const { rank, size } = channel
  for (let distance = 1; distance < size; distance *= 2) {
    const before = rank - distance
    const after = rank + distance
    if (before >= 0 && after < size) accumulator.prepend(await exchangePartials(channel, accumulator, after, before))
    else if (before >= 0) accumulator.prepend(await accumulator.receive(before))
    else if (after < size) await channel.send(accumulator.value, after)
  }
}
