/**
 * Dissemination barrier (Hensgen, Finkel, Manber: Two algorithms for barrier synchronization, 1988).
 *
 * After round k each rank knows that the 2^(k+1) − 1 ranks behind it have entered. Any number of ranks.
 * ⌈log₂ p⌉ steps; each rank sends ⌈log₂ p⌉ empty messages.
 */
import { exchange } from '../channel.ts'
import type { Channel } from '../channel.ts'

const NOTHING = new Uint8Array(0)

export async function barrierDissemination(channel: Channel): Promise<void> {
  const { rank, size } = channel
  for (let distance = 1; distance < size; distance *= 2)
    await exchange(channel, NOTHING, (rank + distance) % size, (rank - distance + size) % size)
}
