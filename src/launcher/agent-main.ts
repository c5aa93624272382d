/**
 * The agent's process on another host: connects to the launcher and serves it until it says goodbye. Whatever else
 * ends the connection ends the ranks: its loss, silence beyond the lease, the end of stdin, a signal, an error here.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Spoke } from '../transport/zeromq/sockets.ts'
import { version } from '../version.ts'
import { addressOn, localAddressTowards } from './remote/address.ts'
import { Executor } from './remote/executor.ts'
import { Lease } from './remote/lease.ts'
import { Pulse, sealSecret } from './remote/pulse.ts'
import {
  connectionName,
  decode,
  encode,
  PROTOCOL,
  type Order,
  type Rendezvous,
  type Report,
} from './remote/messages.ts'

const LARGEST_ORDER = 64 << 20
/** Milliseconds for the launcher's address to answer. */
const PATIENCE = 10_000

/** What the launcher calls this host, where it could not tell each agent by itself. */
const [host] = process.argv.slice(2)
let executor: Executor | undefined

/** The launcher is lost, or this process is. The reaper removes what this process cannot. */
function die(reason: string): never {
  executor?.kill()
  process.stderr.write(`zmpi${host === undefined ? '' : ` on ${host}`}: ${reason}\n`)
  process.exit(1)
}

async function serve(): Promise<void> {
  const lines = createInterface(process.stdin)
  const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string?]
  if (line === undefined) die('started without a word about where zmpirun is')
  lines.on('close', () => die('the connection that started this agent has ended'))
  const rendezvous = JSON.parse(line) as Rendezvous
  const { protocol, version: theirs, endpoint, keys, lease: seconds, pulsePort } = rendezvous
  const name = connectionName(rendezvous.name, host)
  if (protocol !== PROTOCOL)
    die(`this host has zmpi ${version}, zmpirun is of version ${theirs}: install the same version there`)
  const patience = setTimeout(
    () => die(`zmpirun does not answer at ${endpoint}: is there a firewall, or another network (--interface)?`),
    PATIENCE,
  )
  const spoke = new Spoke(name, endpoint, LARGEST_ORDER, keys, (how) => die(`lost zmpirun at ${endpoint}: ${how}`))
  const report = (message: Report, bytes?: Uint8Array): void => spoke.send(encode(message, bytes))
  const lease = new Lease({
    seconds,
    beat: () => {
      report({ type: 'beat' })
      pulse.beat()
    },
    lost: (silence) => die(`zmpirun has been silent for ${silence} s`),
  })
  const launcher = /^tcp:\/\/\[?([^\]]*?)\]?:\d+$/.exec(endpoint)?.[1] ?? ''
  const pulse = new Pulse(launcher, pulsePort, name, sealSecret(keys), () => lease.sensed())
  const served = new Executor({
    report,
    isScheduled: host !== undefined,
    ownAddress: async (wanted) => (wanted === undefined ? localAddressTowards(launcher) : addressOn(wanted)),
  })
  executor = served
  report({ type: 'hello', protocol: PROTOCOL, version, node: process.version })
  for (;;) {
    const { message, bytes } = decode<Order>(await spoke.receive())
    clearTimeout(patience)
    lease.heard()
    if (message.type === 'goodbye') break
    if (message.type === 'signal') lease.pause(message.signal === 'SIGSTOP')
    served.obey(message, bytes)
  }
  lease.stop()
  served.close()
  executor = undefined
  // What the launcher does not wait for must not hold this process.
  process.exit(0)
}

process.stdout.on('error', () => {})
process.stderr.on('error', () => {})
// Schedulers announce the end of a job by these, to all of its processes: they are meant for the ranks.
for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => die(`was ended by ${signal}`))
process.on('uncaughtException', (error) => die(error.stack ?? String(error)))
await serve()
