/**
 * Recursive doubling allreduce: in step k partners at distance 2^k exchange partial results, so that after it each
 * holds the fold of 2^(k+1) neighbouring ranks.
 *
 * Both partners compute op(lower, higher) from the same operands: rank order is kept and all ranks get identical bits.
 * For small values and any operator. ⌊log₂ p⌋ steps of n bytes; + 2 unless p is a power of two:
 *
 *   size 5:   0 <- 1   2   3   4     extra rank 1 hands its value to its proxy
 *             0   ↔    2   3 ↔ 4
 *             0   ↔    3
 *                      2   ↔   4
 *             0 -> 1                   and gets the result from it
 */
import { exchangePartials } from '../accumulator.ts'
import type { Accumulator } from '../accumulator.ts'
import type { Channel } from '../channel.ts'
import { foldToPowerOfTwo, participantRank } from '../patterns.ts'

export async function allreduceRecursiveDoubling(channel: Channel, accumulator: Accumulator): Promise<void> {
  const { role, partner: neighbour, participant, powerOfTwo, remainder } = foldToPowerOfTwo(channel.rank, channel.size)
  if (role === 'extra') {
    await channel.send(accumulator.value, neighbour)
    return accumulator.fill(neighbour)
  }
  if (role === 'proxy') accumulator.append(await accumulator.receive(neighbour))
  for (let distance = 1; distance < powerOfTwo; distance *= 2) {
    const partner = participantRank(participant ^ distance, remainder)
    const received = await exchangePartials(channel, accumulator, partner, partner)
    if (partner < channel.rank) accumulator.prepend(received)
    else accumulator.append(received)
  }
  if (role === 'proxy') await channel.send(accumulator.value, neighbour)
}
