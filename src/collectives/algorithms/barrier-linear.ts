/**
 * Linear barrier: every rank tells every other that it has entered.
 *
 * For few ranks of one host: those that share cores take turns once, not ⌈log₂ p⌉ times. 1 step; each rank sends p − 1
 * empty messages.
 */
import { SENT, type Channel } from '../channel.ts'
import { shift } from '../patterns.ts'

const NOTHING = new Uint8Array(0)

export async function barrierLinear(channel: Channel): Promise<void> {
  const { rank, size } = channel
  const transfers: Promise<unknown>[] = []
  for (let distance = 1; distance < size; distance++) {
    const sent = channel.send(NOTHING, shift(rank, size, distance).destination)
    if (sent !== SENT) transfers.push(sent)
  }
  for (let distance = 1; distance < size; distance++)
    transfers.push(channel.receive(shift(rank, size, distance).source))
  await Promise.all(transfers)
}
