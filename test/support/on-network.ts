/** Runs one call of a collective on every rank of a fresh network, and checks that it leaves nothing behind. */
import type { Channel } from '../../src/collectives/channel.ts'
import { ChannelNetwork } from './channels.ts'

export async function onNetwork<T>(size: number, program: (channel: Channel) => Promise<T>): Promise<T[]> {
  const network = new ChannelNetwork(size, size * 7919)
  const results = await network.run(program)
  if (network.leftovers() > 0) throw new Error(`${network.leftovers()} messages or receives are left over`)
  return results
}
