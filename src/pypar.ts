/**
 * `zmpi/pypar`: the face for programs written for PyPar. They port line by line: names in camelCase, `await` before what
 * blocks, keyword arguments as one trailing object. Everything goes over `world`, so both faces mix in one program.
 *
 * The keywords `vanilla`, `bypass` and `useBuffer` chose PyPar's wire protocol, and `pushForAlloc`, `alloc`, `attach`,
 * `allocAndAttach`, … gave MPI memory. zmpi needs neither: they are accepted and no longer change a result.
 */
import { ANY_SOURCE, ANY_TAG, finalize as finalizeWorld, hostName, world, wtime } from './index.ts'
import { detach } from './pypar/messages.ts'

export { balance } from './pypar/balance.ts'
export {
  BAND,
  BOR,
  BXOR,
  LAND,
  LOR,
  LXOR,
  MAX,
  MIN,
  PROD,
  SUM,
  broadcast,
  gather,
  reduce,
  scatter,
  type Operator,
} from './pypar/collectives.ts'
export {
  alloc,
  allocAndAttach,
  attach,
  bsend,
  dealloc,
  defaultTag,
  detach,
  detachAndDealloc,
  pushForAlloc,
  receive,
  send,
} from './pypar/messages.ts'
export { isNDArray, ndarray, type AnyArray, type NDArray, type Sequence } from './pypar/ndarray.ts'
export type { ProtocolOptions, ReceiveOptions, RootOptions, SendOptions } from './pypar/options.ts'
export { Status } from './pypar/status.ts'

export const anySource = ANY_SOURCE
export const anyTag = ANY_TAG
export const maxTag = 2 ** 31 - 1

const session = { finalized: false }

/** Number of processes; 1 without a launcher. */
export function size(): number {
  return world.size
}

/** This process's number, 0 … size−1. */
export function rank(): number {
  return world.rank
}

/** Name of the host that this process runs on. */
export function getProcessorName(): string {
  return hostName()
}

/** Seconds on a clock of which only differences mean anything. */
export function time(): number {
  return wtime()
}

/** Resolves when every process has called it. */
export function barrier(): Promise<void> {
  return world.barrier()
}

/** True until `finalize`. */
export function initialized(): boolean {
  return !session.finalized
}

/** Importing is initialising: nothing is left to do. The arguments are in `process.argv`. */
export function init(_arguments?: readonly string[]): void {}

/** Delivers what has been sent and ends communication. Optional: it happens by itself when the script ends. */
export async function finalize(): Promise<void> {
  session.finalized = true
  await detach()
  await finalizeWorld()
}

/** Ends all processes at once. PyPar reported success then; here the exit code is 1 unless given. */
export function abort(code = 1): never {
  return world.abort(code)
}

/** @deprecated PyPar's old name of `time`. */
export function Wtime(): number {
  return renamed('Wtime', 'time', time)
}

/** @deprecated PyPar's old name of `getProcessorName`. */
export function Get_processor_name(): string {
  return renamed('Get_processor_name', 'getProcessorName', getProcessorName)
}

function renamed<T>(old: string, name: string, call: () => T): T {
  process.emitWarning(`${old} is now ${name}`, 'DeprecationWarning')
  return call()
}
