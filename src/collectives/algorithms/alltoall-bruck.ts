/**
 * Bruck's alltoall (Bruck et al.: Efficient algorithms for all-to-all communications, 1997).
 *
 * Slot i of a rank holds what has i ranks to go. In step k, all slots with bit k set travel 2^k ranks ahead, in one
 * message. For small blocks and many ranks. ⌈log₂ p⌉ steps; each rank sends about n/2·log₂ p bytes.
 */
import { exchange } from '../channel.ts'
import type { Channel } from '../channel.ts'
import type { Slots } from '../outbox.ts'
import { dissemination } from '../patterns.ts'

export async function alltoallBruck(channel: Channel, slots: Slots): Promise<void> {
  const { rank, size } = channel
  for (const { destination, source, distance } of dissemination(rank, size)) {
    const travellers = Array.from({ length: size }, (_, slot) => slot).filter((slot) => (slot & distance) !== 0)
    const received = await exchange(channel, slots.pack(travellers), destination, source)
    slots.unpack(travellers, received)
  }
}
