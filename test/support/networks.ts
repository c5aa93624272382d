/** The transports over which everything must behave alike, each opened for several ranks in this process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryNetwork, type MemorySettings } from '../../src/transport/memory.ts'
import type { CopyRoute } from '../../src/transport/copy-route.ts'
import { loadNative } from '../../src/transport/native.ts'
import { openSharedMemory } from '../../src/transport/shared-memory/open.ts'
import { createSegment } from '../../src/transport/shared-memory/segment.ts'
import type { Receiver, Transport } from '../../src/transport/transport.ts'
import { ZeromqTransport } from '../../src/transport/zeromq.ts'
import { pastRoute } from './past-route.ts'

export const JOB = 7

export interface Network {
  readonly transports: readonly Transport[]
  /** Removes what is left when all transports are closed. */
  close(): void
}

export type OpenNetwork = (receivers: readonly Receiver[]) => Promise<Network>

export function overMemory(settings: MemorySettings): OpenNetwork {
  return async (receivers) => {
    const network = new MemoryNetwork(settings)
    const transports = receivers.map((receiver, rank) => network.join(rank, receiver))
    // What waits on this network is no handle that would keep the process alive.
    const life = setInterval(() => {}, 1000)
    return { transports, close: () => clearInterval(life) }
  }
}

async function overIpc(receivers: readonly Receiver[]): Promise<Network> {
  const directory = mkdtempSync(join(tmpdir(), 'zmpi-test-'))
  const transports: ZeromqTransport[] = receivers.map(
    (receiver, rank) =>
      new ZeromqTransport({
        rank,
        size: receivers.length,
        job: JOB,
        bind: `ipc://${join(directory, String(rank))}`,
        receiver,
        locate: async (peer) => transports[peer]?.address ?? '',
      }),
  )
  await Promise.all(transports.map((transport) => transport.open()))
  return { transports, close: () => rmSync(directory, { recursive: true }) }
}

interface SharedMemorySettings {
  readonly cores?: number
  readonly routeFor?: () => CopyRoute
}

async function overSharedMemory(
  receivers: readonly Receiver[],
  { cores = receivers.length, routeFor }: SharedMemorySettings = {},
): Promise<Network> {
  const segment = createSegment(receivers.length, JOB)
  if (typeof segment === 'string') throw new Error(segment)
  const neighbours = receivers.map((_, rank) => rank)
  const transports = receivers.map((receiver, rank) => {
    const options = { job: JOB, rank, ranks: receivers.length, neighbours, receiver, cores }
    const transport = openSharedMemory(segment.path, options, loadNative(), routeFor)
    if (typeof transport === 'string') throw new Error(transport)
    return transport
  })
  return { transports, close: () => segment.close() }
}

export const NETWORKS: readonly { readonly name: string; readonly open: OpenNetwork }[] = [
  { name: 'memory', open: overMemory({ seed: 1, eagerLimit: 4096, fragmentBytes: 65_536 }) },
  { name: 'memory with direct reads', open: overMemory({ seed: 2, eagerLimit: 4096, direct: 'yes' }) },
  {
    name: 'memory that refuses direct reads',
    open: overMemory({ seed: 3, eagerLimit: 4096, fragmentBytes: 65_536, direct: 'refused' }),
  },
  { name: 'ZeroMQ', open: overIpc },
  { name: 'shared memory', open: (receivers) => overSharedMemory(receivers) },
  { name: 'shared memory with more ranks than cores', open: (receivers) => overSharedMemory(receivers, { cores: 1 }) },
  { name: 'shared memory, past the caches', open: (receivers) => overSharedMemory(receivers, { routeFor: pastRoute }) },
]
