/** Raw zeromq.js: bytes on a pair of sockets, nothing matched, nothing decoded. */
import { version } from 'zeromq'
import { createRequire } from 'node:module'
import { type Contestant, nodePair } from '../contestant.ts'

const manifest = createRequire(import.meta.url)('zeromq/package.json') as { version: string }
const find = (): Promise<string> => Promise.resolve(`zeromq.js ${manifest.version}, libzmq ${version}`)

function raw(protocol: 'ipc' | 'tcp'): Contestant {
  const plays = (task: { payload: string }): boolean => task.payload === 'array'
  return nodePair(`zmq ${protocol}`, 'zeromq', plays, { BENCH_PROTOCOL: protocol }, find)
}

export const zeromqIpc: Contestant = raw('ipc')
export const zeromqTcp: Contestant = raw('tcp')
