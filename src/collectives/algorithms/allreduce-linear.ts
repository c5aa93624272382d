/**
 * Linear allreduce: every rank sends its value to every other, and folds all of them itself, in rank order: so all get
 * identical bits.
 *
 * For few ranks and small values: ranks that share cores take turns once, not ⌈log₂ p⌉ times. 1 step; each rank sends
 * p − 1 messages of n bytes and folds p − 1 times.
 */
import { SENT, type Channel } from '../channel.ts'
import type { Operand } from '../holder.ts'
import { shift } from '../patterns.ts'

export async function allreduceLinear(channel: Channel, operand: Operand): Promise<void> {
  const { rank, size } = channel
  const sends: Promise<unknown>[] = []
  for (let distance = 1; distance < size; distance++) {
    const sent = channel.send(operand.value, shift(rank, size, distance).destination)
    if (sent !== SENT) sends.push(sent)
  }
  const receives: Promise<unknown>[] = []
  for (let peer = 0; peer < size; peer++) receives.push(peer === rank ? SENT : channel.receive(peer))
  const parts = await Promise.all([...receives, ...sends])
  operand.fold(parts.slice(0, size), rank)
}
