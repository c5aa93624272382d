/** zmpi itself, as its users start it: as it is, and with all messages over ZeroMQ, by ipc as on one host or tcp as between hosts. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Contestant, ROOT } from '../contestant.ts'
import type { Task } from '../programs/task.ts'

function zmpi(
  name: string,
  options: readonly string[],
  plays: (task: Task, ranks: number) => boolean,
  root = ROOT,
): Contestant {
  return {
    name,
    like: root === ROOT ? name : 'zmpi',
    find: () => {
      if (!existsSync(`${root}dist/bench/programs/zmpi.js`)) return Promise.resolve(undefined)
      const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string }
      return Promise.resolve(`zmpi ${version} ${options.join(' ')} on Node ${process.version}`.replaceAll('  ', ' '))
    },
    plays,
    command: ([task], ranks) => {
      const program = task?.work === 'print' || task?.work === 'first-barrier' ? task.work : 'zmpi'
      // As raw zeromq.js does it, with which these are compared: a fresh array arrives. See programs/zmpi.
      const fresh = options.length > 0 ? ['-x', 'BENCH_FRESH=1'] : []
      const words = [
        '--no-label',
        ...fresh,
        ...options,
        '-n',
        String(ranks),
        `${root}dist/bench/programs/${program}.js`,
      ]
      return { file: process.execPath, arguments: [`${root}bin/zmpirun.js`, ...words] }
    },
  }
}

/** Another built copy: of the commit before, say. */
export function zmpiIn(directory: string): Contestant {
  return zmpi(nameOf(directory), [], () => true, `${resolve(directory)}/`)
}

/** The heading of its column. */
export function nameOf(directory: string): string {
  return `in ${directory}`
}

/** Works that measure something else than the transport. */
const OFF_TOPIC = ['print', 'mandelbrot', 'jacobi']
/** Two hosts that are this one. Not encrypted, as raw zeromq.js is not. */
const OVER_TCP = ['--launcher', 'local', '--host', 'one,other', '--interface', 'lo', '--insecure']

export const zmpiAuto: Contestant = zmpi('zmpi', [], () => true)
export const zmpiZmq: Contestant = zmpi('zmpi zmq', ['--transport', 'zmq'], ({ work }) => !OFF_TOPIC.includes(work))
export const zmpiTcp: Contestant = zmpi(
  'zmpi tcp',
  OVER_TCP,
  ({ work, payload }, ranks) => ranks === 2 && payload === 'array' && (work === 'pingpong' || work === 'window'),
)
