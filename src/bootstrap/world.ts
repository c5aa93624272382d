/**
 * The composition root: makes `world` and `self` from the environment. What not every rank needs is loaded when it does:
 * `require` loads ES modules too, and they have run when it returns.
 */
import { createRequire } from 'node:module'
import { parseAlgorithms } from '../collectives/select.ts'
import { Group } from '../comm/group.ts'
import type { Communicator } from '../comm/communicator.ts'
import { RankCommunicator } from '../comm/rank-communicator.ts'
import type * as Communication from './communication.ts'
import { DeferredSession } from './deferred-session.ts'
import type * as EngineMembership from './engine-membership.ts'
import { readEnvironment } from './environment.ts'
import type { Membership } from './membership.ts'

const MIB = 1024 * 1024
/** Eager bytes that all peers together may have under way to one rank. */
const WINDOWS_BYTES = 256 * MIB
const WINDOW_BYTES_MAX = 4 * MIB
const WINDOW_BYTES_MIN = MIB / 4
/** Messages that all peers together may have under way or announced to one rank, where each takes some 250 bytes. */
const WINDOWS_SLOTS = 2 ** 17
const WINDOW_SLOTS_MAX = 65_536
const WINDOW_SLOTS_MIN = 1024
const BUDGET_BYTES = 128 * MIB

const load = createRequire(import.meta.url)
const started = readEnvironment(process.env)
const direct = started === undefined ? joinEngine(process.env) : undefined
const place = started ?? direct ?? { rank: 0, size: 1 }
const { size } = place
const forcedAlgorithms = process.env['ZMPI_ALGORITHM']

const budgetBytes = bufferBudget(process.env['ZMPI_BUFFER'])
const algorithms = forcedAlgorithms === undefined ? undefined : parseAlgorithms(forcedAlgorithms)

export const session: DeferredSession = new DeferredSession(place.rank, algorithms, () => {
  const { connect, Session, StartedMembership } = load('../bootstrap/communication.js') as typeof Communication
  return new Session({
    membership: started === undefined ? direct : new StartedMembership(started),
    windowBytes: Math.max(WINDOW_BYTES_MIN, Math.min(WINDOW_BYTES_MAX, Math.floor(WINDOWS_BYTES / size))),
    windowSlots: Math.max(WINDOW_SLOTS_MIN, Math.min(WINDOW_SLOTS_MAX, Math.floor(WINDOWS_SLOTS / size))),
    budgetBytes,
    algorithms,
    connect: (entry, receiver, locate) => connect(entry, process.env['ZMPI_SPIN'], receiver, locate),
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

/**
 * Nothing is started at import, except under another launcher, where the ranks must find each other first.
 * @throws MpiError `ERR_LAUNCH` when this process is one of several that cannot
 */
function joinEngine(environment: NodeJS.ProcessEnv): Membership | undefined {
  const engines = load('../bootstrap/engine-membership.js') as typeof EngineMembership
  return engines.joinEngine(environment)
}

/** `ZMPI_BUFFER`: bytes of the budget for sends that nobody receives yet. */
function bufferBudget(text: string | undefined): number {
  if (text === undefined) return BUDGET_BYTES
  const bytes = Number(text)
  if (text === '' || !Number.isSafeInteger(bytes) || bytes < 0)
    throw new RangeError(`ZMPI_BUFFER is ${JSON.stringify(text)}; legal: a number of bytes, 0 or more`)
  return bytes
}
