/** The composition root: makes `world` and `self` from the environment. */
import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import { parseAlgorithms } from '../collectives/select.ts'
import { Group } from '../comm/group.ts'
import type { Communicator } from '../comm/communicator.ts'
import { RankCommunicator } from '../comm/rank-communicator.ts'
import type * as Connect from './connect.ts'
import { DeferredSession } from './deferred-session.ts'
import type * as Direct from './direct.ts'
import type * as Engines from './engine.ts'
import { readEnvironment } from './environment.ts'
import type * as Memberships from './membership.ts'
import type * as Sessions from './session.ts'
import type * as EngineSurroundings from './engine-surroundings.ts'

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
  const { StartedMembership } = load('./membership.js') as typeof Memberships
  const { Session } = load('./session.js') as typeof Sessions
  const { connect } = load('./connect.js') as typeof Connect
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
function joinEngine(environment: NodeJS.ProcessEnv): Memberships.Membership | undefined {
  const { surroundingsOf } = load('./engine-surroundings.js') as typeof EngineSurroundings
  const { detectEngine } = load('./engine.js') as typeof Engines
  const engine = detectEngine(surroundingsOf(environment))
  if (engine === undefined) return undefined
  const { DirectMembership, WorkerMembership } = load('./direct.js') as typeof Direct
  return isMainThread ? new DirectMembership(engine) : new WorkerMembership(engine)
}

/** `ZMPI_BUFFER`: bytes of the budget for sends that nobody receives yet. */
function bufferBudget(text: string | undefined): number {
  if (text === undefined) return BUDGET_BYTES
  const bytes = Number(text)
  if (text === '' || !Number.isSafeInteger(bytes) || bytes < 0)
    throw new RangeError(`ZMPI_BUFFER is ${JSON.stringify(text)}; legal: a number of bytes, 0 or more`)
  return bytes
}
