/**
 * zmpi: ranked processes that pass messages.
 *
 * @example
 * import { world } from 'zmpi'
 * const { rank, size } = world
 * await world.send(`hello from ${rank}`, (rank + 1) % size)
 * console.log(await world.receive<string>((rank + size - 1) % size))
 */
import { hostname } from 'node:os'
import { session } from './bootstrap/world.ts'

export { self, world } from './bootstrap/world.ts'
export { Op } from './collectives/op.ts'
export { isMpiError, MpiError } from './errors.ts'
export { version } from './version.ts'
export { ANY_SOURCE, ANY_TAG, PROC_NULL } from './wire/envelope.ts'

export type {
  CartesianCommunicator,
  CollectiveOptions,
  Communicator,
  CountsOptions,
  SendOptions,
  SendReceiveOptions,
} from './comm/communicator.ts'
export type { MpiErrorCode } from './errors.ts'
export type { Message, Options, Status } from './p2p/status.ts'
export type { TypedArray } from './wire/element-type.ts'

/** Name of the host on which this rank runs: MPI's processor name. */
export function hostName(): string {
  return hostname()
}

/** Seconds of a monotonic clock; only differences between two calls on one rank mean anything. */
export function wtime(): number {
  return performance.now() / 1000
}

/**
 * Ends communication: resolves when everything this rank sent was taken by its receivers, or they have ended; rejects
 * with `ERR_RANK_FAILED` when one has failed before. Optional: happens by itself when the script has nothing left to do.
 * Operations that are started later throw `ERR_FREED`.
 */
export function finalize(): Promise<void> {
  return session.finish()
}
