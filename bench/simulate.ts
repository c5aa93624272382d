/** `npm run simulate`: what each collective algorithm costs on 2 to 65,536 ranks of a machine that one describes. */
import { parseArgs } from 'node:util'
import { select } from '../src/collectives/select.ts'
import { ALGORITHMS, type Algorithm } from './simulation/algorithms.ts'
import type { Model } from './simulation/model.ts'
import { renderCosts, type Row } from './simulation/render.ts'
import { estimate } from './simulation/simulate.ts'

const USAGE = `npm run simulate -- [options]

  --ranks N,…        2,3,8,64,1024,65536
  --bytes N,…        of the whole array; 8,65536,8388608
  --latency US       from port to port; 10
  --overhead US      of the processor at each end of a message; 1
  --bandwidth GBS    of a port in each direction; 5
  --reduce GBS       at which arrays are folded; 2
  --only NAME,…      only these collectives or algorithms
  --messages N       calls of more messages than this are not run but calculated; 20000
`

function numbers(option: string, text: string, low: number): number[] {
  return text.split(',').map((word) => {
    const number = Number(word)
    if (word.trim() === '' || !Number.isFinite(number) || number < low)
      throw new RangeError(`--${option} ${text}: ${JSON.stringify(word)} is not a number from ${low} on`)
    return number
  })
}

function wholeNumbers(option: string, text: string, low: number): number[] {
  const wrong = numbers(option, text, low).find((number) => !Number.isInteger(number))
  if (wrong !== undefined) throw new RangeError(`--${option} ${text}: ${wrong} is not a whole number`)
  return numbers(option, text, low)
}

/** Whether the table of choices would take it there. */
function isChosen(algorithm: Algorithm, size: number, bytes: number): boolean {
  return select(algorithm.collective, { size, bytes, commutative: true }) === algorithm.name
}

async function main(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      ranks: { type: 'string', default: '2,3,8,64,1024,65536' },
      bytes: { type: 'string', default: '8,65536,8388608' },
      latency: { type: 'string', default: '10' },
      overhead: { type: 'string', default: '1' },
      bandwidth: { type: 'string', default: '5' },
      reduce: { type: 'string', default: '2' },
      only: { type: 'string', default: '' },
      messages: { type: 'string', default: '20000' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return void process.stdout.write(USAGE)
  const one = (option: 'latency' | 'overhead' | 'bandwidth' | 'reduce' | 'messages', low: number): number =>
    numbers(option, values[option], low)[0] ?? 0
  const model: Model = {
    latency: one('latency', 0) * 1e-6,
    overhead: one('overhead', 0) * 1e-6,
    bandwidth: one('bandwidth', 1e-6) * 1e9,
    reduce: 1 / (one('reduce', 1e-6) * 1e9),
  }
  const sizes = wholeNumbers('ranks', values.ranks, 2)
  const lengths = wholeNumbers('bytes', values.bytes, 1)
  const names = values.only === '' ? [] : values.only.split(',')
  const known = ALGORITHMS.flatMap(({ collective, name }) => [collective as string, name])
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new RangeError(`--only ${unknown}: there is ${[...new Set(known)].join(', ')}`)
  const algorithms = ALGORITHMS.filter(
    ({ collective, name }) => names.length === 0 || names.includes(collective) || names.includes(name),
  )
  process.stdout.write(
    `latency ${values.latency} µs, overhead ${values.overhead} µs, ${values.bandwidth} GB/s, folding ${values.reduce} GB/s\n` +
      'steps: longest chain of messages; sent: by the busiest rank; * zmpi’s choice; ~ calculated, not run\n\n',
  )
  for (const collective of new Set(algorithms.map((algorithm) => algorithm.collective))) {
    const rows: Row[] = []
    const columns = collective === 'barrier' ? [0] : lengths
    for (const size of sizes)
      for (const algorithm of algorithms.filter((candidate) => candidate.collective === collective)) {
        const cells = []
        for (const bytes of columns) {
          const cost = await estimate(algorithm, model, size, bytes, one('messages', 0))
          cells.push(cost && { ...cost, isChosen: isChosen(algorithm, size, bytes) })
        }
        rows.push({ size, name: algorithm.name, cells })
      }
    process.stdout.write(`${renderCosts(collective, columns, rows)}\n`)
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof RangeError || error instanceof TypeError)) throw error
  process.stderr.write(`simulate: ${error.message}\n\n${USAGE}`)
  process.exitCode = 2
}
