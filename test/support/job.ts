/** Several ranks in one process: communicators over endpoints over a network. */
import type { Algorithms } from '../../src/collectives/select.ts'
import { ContextIds } from '../../src/comm/context-ids.ts'
import { Group } from '../../src/comm/group.ts'
import { RankCommunicator } from '../../src/comm/rank-communicator.ts'
import { Endpoint } from '../../src/p2p/endpoint.ts'
import type { Receiver } from '../../src/transport/transport.ts'
import { JOB, type OpenNetwork } from './networks.ts'

export interface JobOptions {
  readonly windowBytes?: number
  readonly windowSlots?: number
  readonly budgetBytes?: number
  /** A number for the host of each rank. */
  readonly hosts?: readonly number[]
  /** Forced algorithms. */
  readonly algorithms?: Algorithms
}

export interface TestJob {
  readonly ranks: readonly RankCommunicator[]
  readonly endpoints: readonly Endpoint[]
  /** What each rank was told that contexts are called. */
  readonly names: readonly Map<number, string>[]
  /** Connections that were lost before the end: [rank, peer, reason]. */
  readonly lost: (readonly [number, number, string])[]
  /** Ends all ranks as a launcher does: who has finished is announced to the others. */
  close(): Promise<void>
  /** Ends all ranks where they are: what waits fails. */
  readonly abandon: () => Promise<void>
}

export async function makeJob(size: number, open: OpenNetwork, options: JobOptions = {}): Promise<TestJob> {
  const lost: (readonly [number, number, string])[] = []
  const group = new Group(Array.from({ length: size }, (_, rank) => rank))
  const endpoints: Endpoint[] = []
  const names = group.processes.map(() => new Map<number, string>())
  const receivers = group.processes.map((rank): Receiver => ({
    packet: (header, body) => endpoints[rank]?.packet(header, body),
    lost: (peer, reason, isGarbled) => endpoints[rank]?.lost(peer, reason, isGarbled),
  }))
  const network = await open(receivers)
  for (const [rank, transport] of network.transports.entries())
    endpoints.push(
      new Endpoint(
        {
          rank,
          size,
          job: JOB,
          windowBytes: options.windowBytes ?? 1 << 20,
          windowSlots: options.windowSlots ?? 65_536,
          budgetBytes: options.budgetBytes ?? 128 << 20,
          onLost: (peer, reason) => lost.push([rank, peer, reason]),
        },
        () => transport,
      ),
    )
  const ranks = endpoints.map(
    (endpoint) =>
      new RankCommunicator(
        {
          rank: endpoint.rank,
          endpoint: () => endpoint,
          contexts: new ContextIds(endpoint.rank, size),
          algorithms: options.algorithms,
          hosts: options.hosts,
          name: (context, name) => void names[endpoint.rank]?.set(context, name),
          forget: (context) => void names[endpoint.rank]?.delete(context),
          abort: (code) => {
            throw new Error(`abort ${code}`)
          },
        },
        group,
        0,
        'world',
      ),
  )
  const close = async (): Promise<void> => {
    await Promise.all(
      endpoints.map(async (endpoint) => {
        await endpoint.finish()
        for (const other of endpoints)
          if (other !== endpoint) other.departed(endpoint.rank, { how: 'ended', detail: '' })
      }),
    )
    await Promise.all(endpoints.map((endpoint) => endpoint.close()))
    network.close()
  }
  const abandon = async (): Promise<void> => {
    for (const endpoint of endpoints) endpoint.giveUp({ code: 'ERR_ABORTED', text: 'was abandoned' })
    await Promise.all(endpoints.map((endpoint) => endpoint.close()))
    network.close()
  }
  return { ranks, endpoints, names, lost, close, abandon }
}
