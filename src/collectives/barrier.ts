/** Resolves when all ranks have entered. */
import { barrierDissemination } from './algorithms/barrier-dissemination.ts'
import type { Channel } from './channel.ts'

export function barrier(channel: Channel): Promise<void> {
  return barrierDissemination(channel)
}
