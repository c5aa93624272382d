/** zmpi itself, as its users start it. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Contestant, ROOT } from '../contestant.ts'

const { version } = createRequire(import.meta.url)('zmpi/package.json') as { version: string }

/** Works that measure something else than the transport. */
const OFF_TOPIC = ['print', 'mandelbrot', 'jacobi']

function zmpi(name: string, options: readonly string[], sitsOut: readonly string[] = []): Contestant {
  return {
    name,
    find: () =>
      Promise.resolve(
        existsSync(`${ROOT}bin/zmpirun.js`)
          ? `zmpi ${version} ${options.join(' ')} on Node ${process.version}`.replaceAll('  ', ' ')
          : undefined,
      ),
    command: (task, ranks) => {
      if (sitsOut.includes(task.work)) return undefined
      const program = task.work === 'print' || task.work === 'first-barrier' ? task.work : 'zmpi'
      const words = ['--no-label', ...options, '-n', String(ranks), `${ROOT}dist/bench/programs/${program}.js`]
      return { file: process.execPath, arguments: [`${ROOT}bin/zmpirun.js`, ...words] }
    },
  }
}

export const zmpiAuto: Contestant = zmpi('zmpi', [])
export const zmpiZmq: Contestant = zmpi('zmpi zmq', ['--transport', 'zmq'], OFF_TOPIC)
