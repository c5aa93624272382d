/**
 * Dissemination barrier (Hensgen, Finkel, Manber: Two algorithms for barrier synchronization, 1988).
 *
 * After round k each rank knows that the 2^(k+1) − 1 ranks behind it have entered. Any number of ranks.
 * ⌈log₂ p⌉ steps; each rank sends ⌈log₂ p⌉ empty messages.
 */
import { exchange } from '../channel.ts'
import type { Channel } from '../channel.ts'
import { dissemination } from '../patterns.ts'

const NOTHING = new Uint8Array(0)

export async function barrierDissemination(channel: Channel): Promise<void> {
  for (const { destination, source } of dissemination(channel.rank, channel.size))
    await exchange(channel, NOTHING, destination, source)
}
