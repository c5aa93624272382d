/** `npm run bounds`: what nothing may exceed however much is sent, made or started. Figures beside their bounds. */
import { parseArgs } from 'node:util'
import { flood, growing, jobs, repeated, retained, type Line } from './bounds/cases.ts'

const USAGE = `npm run bounds -- [options]

  --only NAME,…      flood, retained, operations, communicators, jobs, ranks
  --scale N          so many times as much (0.01: a hundredth); 1
`
const TRANSPORTS = ['auto', 'zmq'] as const
type Case = (scale: number) => AsyncIterable<Line[]>

const CASES: Readonly<Record<string, Case>> = {
  async *flood(scale) {
    for (const transport of TRANSPORTS)
      for (const [messages, bytes] of [
        [1e6, 1024],
        [1e5, 65_536],
        [1e3, 16 << 20],
      ] as const) {
        const count = Math.ceil(messages * scale)
        yield await flood({ messages: count, bytes, senders: 1, transport })
        yield await flood({ messages: Math.ceil(count / 4), bytes, senders: 4, transport })
      }
    yield await flood({ messages: Math.ceil(1e6 * scale), bytes: 8, senders: 1, transport: 'auto' })
    yield await flood({ messages: Math.ceil(1e5 * scale), bytes: 65_536, senders: 1, transport: 'auto', isDeaf: true })
  },
  async *retained(scale) {
    for (const transport of TRANSPORTS) yield await retained((32 << 20) * scale, transport)
  },
  async *operations(scale) {
    for (const transport of TRANSPORTS) yield await repeated('operations', 1e6 * scale, 2, transport)
  },
  async *communicators(scale) {
    for (const transport of TRANSPORTS) yield await repeated('communicators', 1e4 * scale, 3, transport)
  },
  async *jobs(scale) {
    yield await jobs(Math.ceil(1e3 * scale))
  },
  async *ranks() {
    for (const transport of TRANSPORTS) yield await growing([2, 4, 8, 16, 32, 64, 128, 256], transport)
  },
}

function render({ what, figure, bound, unit }: Line): string {
  const number = Number.isInteger(figure) ? String(figure) : figure.toFixed(unit === 's' ? 2 : 1)
  const judged = bound === undefined ? '' : ` of ${bound}${figure > bound ? '  EXCEEDED' : ''}`
  return `${what.padEnd(70)} ${number.padStart(9)}${judged} ${unit}`
}

async function main(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string', default: Object.keys(CASES).join(',') },
      scale: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  if (values.help) return (say(USAGE), 0)
  const scale = Number(values.scale)
  if (!(scale > 0)) throw new RangeError(`--scale ${values.scale}: expected a number above 0`)
  let isExceeded = false
  for (const name of values.only.split(',')) {
    const run = CASES[name]
    if (run === undefined) throw new RangeError(`--only ${name}: expected one of ${Object.keys(CASES).join(', ')}`)
    for await (const lines of run(scale))
      for (const line of lines) {
        say(render(line))
        if (line.bound !== undefined && line.figure > line.bound) isExceeded = true
      }
  }
  return isExceeded ? 1 : 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof RangeError || error instanceof TypeError)) throw error
  process.stderr.write(`bounds: ${error.message}\n\n${USAGE}`)
  process.exitCode = 2
}
