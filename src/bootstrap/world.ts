/** The composition root: makes `world` and `self` from the environment. */
import { createRequire } from 'node:module'
import { parseAlgorithms } from '../collectives/select.ts'
import { Group } from '../comm/group.ts'
import type { Communicator } from '../comm/communicator.ts'
import { RankCommunicator } from '../comm/rank-communicator.ts'
import type * as Connect from './connect.ts'
import type { Network } from './control.ts'
import { DeferredSession } from './deferred-session.ts'
import { readEnvironment } from './environment.ts'
import { refuseForeignLauncher } from './foreign.ts'
import { receiveNetwork } from './handover.ts'
import type * as Sessions from './session.ts'

const MIB = 1024 * 1024
/** Eager bytes that all peers together may have under way to one rank. */
const WINDOWS_BYTES = 256 * MIB
const WINDOW_BYTES_MAX = 4 * MIB
const WINDOW_BYTES_MIN = MIB / 4
/** Messages that all peers together may have under way or announced to one rank. */
const WINDOWS_SLOTS = 2 ** 19
const WINDOW_SLOTS_MAX = 65_536
const WINDOW_SLOTS_MIN = 1024
const BUDGET_BYTES = 128 * MIB

const environment = readEnvironment(process.env)
if (environment === undefined) refuseForeignLauncher(process.env)
const size = environment?.size ?? 1
const forcedAlgorithms = process.env['ZMPI_ALGORITHM']

let handedOver: Network | undefined
function network(): Network {
  handedOver ??= receiveNetwork(environment?.controlFd ?? -1)
  return handedOver
}

const budgetBytes = bufferBudget(process.env['ZMPI_BUFFER'])
const algorithms = forcedAlgorithms === undefined ? undefined : parseAlgorithms(forcedAlgorithms)
const load = createRequire(import.meta.url)

export const session: DeferredSession = new DeferredSession(environment?.rank ?? 0, algorithms, () => {
  const { Session } = load('./session.js') as typeof Sessions
  const { connect } = load('./connect.js') as typeof Connect
  return new Session({
    environment,
    windowBytes: Math.max(WINDOW_BYTES_MIN, Math.min(WINDOW_BYTES_MAX, Math.floor(WINDOWS_BYTES / size))),
    windowSlots: Math.max(WINDOW_SLOTS_MIN, Math.min(WINDOW_SLOTS_MAX, Math.floor(WINDOWS_SLOTS / size))),
    budgetBytes,
    algorithms,
    hosts: () => handedOver?.hosts,
    connect: (receiver, locate) => connect(environment, process.env['ZMPI_SPIN'], receiver, locate, network),
  })
})

/** All ranks of the job. */
export const world: Communicator = new RankCommunicator(
  session,
  new Group(Array.from({ length: size }, (_, rank) => rank)),
  0,
  'world',
)

/** This rank alone. */
export const self: Communicator = new RankCommunicator(session, new Group([session.rank]), 2, 'self')

/** `ZMPI_BUFFER`: bytes of the budget for sends that nobody receives yet. */
function bufferBudget(text: string | undefined): number {
  if (text === undefined) return BUDGET_BYTES
  const bytes = Number(text)
  if (text === '' || !Number.isSafeInteger(bytes) || bytes < 0)
    throw new RangeError(`ZMPI_BUFFER is ${JSON.stringify(text)}; legal: a number of bytes, 0 or more`)
  return bytes
}
