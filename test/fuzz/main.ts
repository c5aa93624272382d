/** `npm run fuzz`: nonsense for everything that reads what others have made. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

const USAGE = `npm run fuzz -- [options]

  --cases N    how many (1000000)
  --seed S     (random)
  --case K     only this one, as a failure names it
`

/** Cases between two looks at the memory. */
const BATCH = 20_000
/** MiB by which the memory may differ between the first tenth and the end. */
const MARGIN = 64

const say = (line: string): void => void process.stdout.write(`${line}\n`)

function memory(): number {
  globalThis.gc?.()
  return process.memoryUsage().rss / 2 ** 20
}

function main(): boolean {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      case: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return true
  }
  const seed = Number(values.seed)
  const [first, cases] = values.case === undefined ? [0, Number(values.cases)] : [Number(values.case), 1]
  say(`seed ${seed}`)
  const started = performance.now()
  let early = 0
  for (let done = 0; done < cases; done += BATCH) {
    const failure = fuzz(seed, first + done, Math.min(BATCH, cases - done))
    if (failure !== undefined) {
      say(`FAILED: case ${failure.case}, ${failure.target}: ${failure.reason}`)
      say(`again: npm run fuzz -- --seed ${seed} --case ${failure.case}`)
      return false
    }
    if (done >= cases / 10 && early === 0) early = memory()
  }
  const late = memory()
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  say(
    `${cases} cases in ${seconds} s, nothing found; ${early.toFixed(0)} MiB after a tenth, ${late.toFixed(0)} at the end`,
  )
  return early === 0 || late - early < MARGIN
}

process.exitCode = main() ? 0 : 1
