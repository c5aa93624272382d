/** Chooses how a rank's packets travel. Only here is a concrete transport named. */
import { availableParallelism } from 'node:os'
import { MpiError } from '../errors.ts'
import { createLogger } from '../logger.ts'
import { Mixed, openMixed } from '../transport/mixed.ts'
import type { Far, MixedOptions } from '../transport/mixed.ts'
import { loadNative } from '../transport/native.ts'
import { NoTransport } from '../transport/none.ts'
import type { Receiver } from '../transport/transport.ts'
import { ZEROMQ_LIMITS } from '../transport/zeromq/limits.ts'
import type { Lookout } from '../transport/zeromq/reader.ts'
import type { Entry, Network } from './control.ts'
import type { RankEnvironment } from './environment.ts'
import type { Opening } from './opening.ts'

/** How long a rank looks for packets before it sleeps, in µs. */
const SPIN = 1000

/**
 * Opens the transport of a rank: shared memory between the ranks of its host, ZeroMQ for the rest and where there is no
 * shared memory. `address` resolves when others can reach this rank by ZeroMQ, which on one host is mostly never.
 *
 * @param spin `ZMPI_SPIN`
 * @throws MpiError `ERR_LAUNCH` when only shared memory is wanted and there is none
 * @throws RangeError when `spin` is not a number of µs
 */
export function connect(
  entry: Entry | undefined,
  spin: string | undefined,
  receiver: Receiver,
  locate: (peer: number) => Promise<string>,
): Opening {
  if (entry === undefined || entry.environment.size === 1)
    return { transport: new NoTransport(), address: Promise.resolve('') }
  const { environment, network } = entry
  const { transport: choice, rank, job, logLevel } = environment
  const isSpread = environment.localSize < environment.size
  // Who looks into shared memory keeps the core busy already, and should not look elsewhere between two looks.
  let lookout: Lookout | undefined
  const { far, address } = zeromq(environment, network, receiver, locate, () => lookout)
  const log = createLogger(logLevel, `rank ${rank}`, (line) => process.stderr.write(line))
  if (choice !== 'zmq') {
    const say = (text: string): void => log.info({}, text)
    const near = share(environment, { job, rank, receiver, spin: spinOf(spin), far, say })
    if (typeof near !== 'string') {
      if (isSpread) near.open()
      return { transport: near, address }
    }
    if (choice === 'shm') throw new MpiError('ERR_LAUNCH', `no shared memory, which --transport shm asks for: ${near}`)
    say(`no shared memory: ${near}`)
  }
  lookout = lookoutOf(environment.localSize, spinOf(spin))
  const transport = new Mixed(undefined, [], far, receiver)
  transport.open()
  return { transport, address }
}

/** Opens shared memory for the ranks of this host, or says why not. */
function share(
  { segment, size, localSize, neighbours }: RankEnvironment,
  options: Omit<MixedOptions, 'segment' | 'neighbours'>,
): Mixed | string {
  if (localSize === 1) return 'no other rank is on this host'
  if (segment === '') return 'it could not be created'
  return openMixed({ ...options, segment, ranks: size, neighbours })
}

/** ZeroMQ, loaded and opened when `far` is first needed. */
function zeromq(
  { rank, size, job, directory }: RankEnvironment,
  network: Network | undefined,
  receiver: Receiver,
  locate: (peer: number) => Promise<string>,
  lookout: () => Lookout | undefined,
): { far: Far; address: Promise<string> } {
  let opened: (address: string) => void = () => {}
  let failed: (error: unknown) => void = () => {}
  const address = new Promise<string>((resolve, reject) => {
    opened = resolve
    failed = reject
  })
  const open: Far['open'] = async () => {
    try {
      const { ZeromqTransport } = await import('../transport/zeromq.ts')
      const { bind, keys } = network ?? { bind: `ipc://${directory}/${rank}`, keys: undefined }
      const transport = new ZeromqTransport({ rank, size, job, bind, keys, receiver, locate, lookout: lookout() })
      await transport.open()
      opened(transport.address)
      return transport
    } catch (error) {
      failed(error)
      throw error
    }
  }
  return { far: { limits: ZEROMQ_LIMITS, open }, address }
}

/** Only where no other rank needs the core, and where it can be given away. */
function lookoutOf(localSize: number, spin: number): Lookout | undefined {
  if (spin === 0 || localSize > availableParallelism()) return undefined
  const native = loadNative()
  return typeof native === 'string' ? undefined : { spin, yield: () => native.yield() }
}

function spinOf(text: string | undefined): number {
  if (text === undefined) return SPIN
  const spin = Number(text)
  if (text.trim() === '' || !Number.isFinite(spin) || spin < 0)
    throw new RangeError(`ZMPI_SPIN is ${JSON.stringify(text)}; legal: a number of µs, 0 or more`)
  return spin
}
