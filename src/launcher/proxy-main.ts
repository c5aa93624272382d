/**
 * The process beside a rank that another launcher has started. It ends with its rank, or when the coordinator is gone; the
 * one of rank 0 holds the coordinator, and ends with the job.
 */
import { randomBytes } from 'node:crypto'
import { Socket } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import type { RankMessage } from '../bootstrap/control.ts'
import { detectEngine, type Engine, type Place } from '../bootstrap/engine.ts'
import type { TransportChoice } from '../bootstrap/environment.ts'
import { surroundingsOf } from '../bootstrap/engine-surroundings.ts'
import { createLogger } from '../logger.ts'
import { version } from '../version.ts'
import { ControlChannel } from './control-channel.ts'
import { addressOn, localAddressTowards } from './remote/address.ts'
import { approach } from './direct/approach.ts'
import { Coordinator } from './direct/coordinator.ts'
import { hostOf } from './direct/gathering.ts'
import { hostIdentity } from './direct/host-identity.ts'
import { PROTOCOL, type Newcomer } from './direct/messages.ts'
import { Proxy } from './direct/proxy.ts'
import { createRendezvous, type Rendezvous } from './direct/rendezvous.ts'

/** Descriptor of the line to the rank. */
const RANK_FD = 3
/** Milliseconds in which somebody is told that the rank has ended before it has joined. */
const LAST_CHANCE = 3000
/** Milliseconds between SIGTERM and SIGKILL for a rank whose coordinator is lost. */
const GRACE = 5000
const LEASE = 5

/** The rank's process, which has started this one. */
const rank = Number(process.argv[2])
const environment = process.env
let code: number | undefined
let hasLeft = false
let dismiss: () => void = () => {}
const dismissed = new Promise<void>((resolve) => (dismiss = resolve))
let proxy: Proxy | undefined
let coordinator: Coordinator | undefined
const early: RankMessage[] = []

const channel = new ControlChannel(
  new Socket({ fd: RANK_FD, readable: true, writable: true }),
  (message) => {
    if (message.type === 'exit') {
      code = message.code
      channel.send([{ type: 'farewell' }])
      proxy?.left(code)
    } else if (proxy === undefined) early.push(message)
    else proxy.said(message)
  },
  (reason) => proxy?.said({ type: 'broken', reason: `its control channel carries junk: ${reason}` }),
)
void channel.closed.then(() => {
  hasLeft = true
  if (proxy === undefined) setTimeout(() => process.exit(0), LAST_CHANCE).unref()
  else proxy.left(code)
})

/** The launcher's signals reach whole groups. The rank decides what they mean to it. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => coordinator?.interrupt())
process.on('SIGUSR1', () => {})
process.on('uncaughtException', (error) => refuse(`its proxy has failed: ${error.stack ?? String(error)}`))
process.stderr.on('error', () => {})

/** This rank will not be a member. */
function refuse(reason: string): never {
  channel.send([{ type: 'refused', reason }])
  proxy?.stop('SIGKILL', 1)
  process.exit(1)
}

/** The connection to the coordinator has ended, or it is silent. After the rank it may be, before the job is over. */
function lost(place: Place, how: string): void {
  if (hasLeft || code !== undefined) return dismiss()
  process.stderr.write(
    `zmpi: rank ${place.rank} on ${hostname()} has lost rank 0, which holds the job together: ${how}\n`,
  )
  proxy?.stop('SIGTERM', 1)
  void channel.closed.then(() => process.exit(1))
  setTimeout(() => {
    proxy?.stop('SIGKILL', 1)
    process.exit(1)
  }, GRACE)
}

async function serve(engine: Engine): Promise<void> {
  const patience = seconds('ZMPI_START_TIMEOUT', engine.patience)
  const rendezvous = await createRendezvous(engine, environment)
  const place = await rendezvous.begin()
  if (engine.place === undefined) channel.send([{ type: 'place', ...place }])
  const log = createLogger(environment['ZMPI_LOG_LEVEL'] ?? 'warn', `proxy of rank ${place.rank}`, (text) =>
    process.stderr.write(text),
  )
  log.debug({ place, meeting: engine.meeting.kind, uptime: process.uptime() }, 'proxy has begun')
  let running: Promise<number> | undefined
  if (place.rank === 0) {
    coordinator = await coordinate(place.size, rendezvous, patience)
    running = coordinator.run()
  }
  const { line, lease } = await approach({
    rendezvous,
    introduce: (endpoint) => introduce(place, rendezvous, endpoint),
    patience,
    log,
    lost: (how) => lost(place, how),
  })
  log.debug({ lease }, 'found rank 0')
  if (place.rank !== 0) await rendezvous.close()
  proxy = new Proxy({ channel, pid: rank, line, lease, lost: (how) => lost(place, how) })
  for (const message of early) proxy.said(message)
  if (hasLeft || code !== undefined) proxy.left(code)
  await Promise.race([proxy.serve(), dismissed])
  line.close()
  const status = await running
  if (status !== undefined) channel.send([{ type: 'stop', code: status }])
  process.exit(0)
}

async function coordinate(size: number, rendezvous: Rendezvous, patience: number): Promise<Coordinator> {
  const opened = new Coordinator({
    size,
    rendezvous,
    patience,
    lease: seconds('ZMPI_LEASE', LEASE),
    transport: transport(),
    logLevel: environment['ZMPI_LOG_LEVEL'] ?? 'warn',
  })
  await opened.open()
  return opened
}

const instance = randomBytes(16).toString('hex')

async function introduce(place: Place, { token }: Rendezvous, via: string): Promise<Newcomer> {
  const wanted = environment['ZMPI_INTERFACE']
  const isChosen = wanted !== undefined && wanted !== ''
  const host = hostOf(via)
  const address = isChosen ? addressOn(wanted, networkInterfaces()) : host === '' ? '' : await localAddressTowards(host)
  return {
    protocol: PROTOCOL,
    version,
    ...place,
    instance,
    token,
    pid: rank,
    host: { name: hostname(), id: hostIdentity() },
    via,
    address,
    isChosen,
  }
}

function seconds(name: string, otherwise: number): number {
  const text = environment[name]
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (!(value >= 0.5 && value <= 86_400))
    throw new Error(`${name} is ${JSON.stringify(text)}; legal: seconds from 0.5 to 86400`)
  return value
}

function transport(): TransportChoice {
  const text = environment['ZMPI_TRANSPORT'] ?? 'auto'
  if (text !== 'auto' && text !== 'zmq' && text !== 'shm')
    throw new Error(`ZMPI_TRANSPORT is ${JSON.stringify(text)}; legal: auto, zmq or shm`)
  return text
}

try {
  const engine = detectEngine(surroundingsOf(environment))
  if (engine === undefined) throw new Error('its proxy finds no launcher in its environment')
  await serve(engine)
} catch (error) {
  refuse(error instanceof Error ? error.message : String(error))
}
