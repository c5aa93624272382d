/**
 * `npm run failures`: how long it takes from a failure until it is told, and until nothing of the job is left, for each
 * kind of failure. Prints a table of minimum, median and maximum in milliseconds.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Run } from '../../test/support/zmpirun.ts'
import { median } from '../statistics.ts'

const USAGE = `npm run failures -- [options]

  --repeats N    jobs of each kind (20)
  --only KIND,…  only these
`

interface Kind {
  readonly name: string
  readonly failure: string
  readonly ranks: number
  readonly status: number
  /** Of zmpirun. */
  readonly options?: readonly string[]
}

const SMALL_HEAP = ['-x', 'NODE_OPTIONS=--max-old-space-size=48']

const KINDS: readonly Kind[] = [
  { name: 'a rank throws', failure: 'throw', ranks: 4, status: 1 },
  { name: 'a rank calls exit(3)', failure: 'exit', ranks: 4, status: 3 },
  { name: 'a rank is killed (SIGKILL)', failure: 'SIGKILL', ranks: 4, status: 137 },
  { name: 'a rank crashes (SIGSEGV)', failure: 'SIGSEGV', ranks: 4, status: 139 },
  { name: 'a rank runs out of heap', failure: 'heap', ranks: 4, status: 134, options: SMALL_HEAP },
  { name: 'a rank ends, others wait for it', failure: 'end', ranks: 4, status: 1 },
  { name: 'a deadlock of 2', failure: 'deadlock', ranks: 2, status: 70 },
  { name: 'a deadlock of 6', failure: 'deadlock', ranks: 6, status: 70 },
  { name: 'ranks call different collectives', failure: 'mismatch', ranks: 4, status: 1 },
  { name: 'zmpirun is killed (SIGKILL)', failure: 'launcher', ranks: 4, status: -1 },
]

const RANK = fileURLToPath(new URL('failing-rank.js', import.meta.url))

interface Sample {
  /** Milliseconds from the failure on; undefined where there is nobody to tell it. */
  readonly told: number | undefined
  readonly gone: number
}

const now = (): number => performance.timeOrigin + performance.now()

/** Rejects when the job ends in another way, or leaves something. */
async function measure({ failure, ranks, status, options = [] }: Kind): Promise<Sample> {
  const run = new Run(['-n', String(ranks), '--oversubscribe', ...options, RANK, failure], { timeout: 60_000 })
  if (failure === 'launcher') return await killLauncher(run, ranks)
  await run.until(/zmpirun: /)
  const told = now()
  const { code, stdout, stderr } = await run.ended
  const gone = now()
  if (code !== status) throw new Error(`it ended with ${code} instead of ${status}:\n${stderr}`)
  const failed = Math.max(...[...stdout.matchAll(/at (\d+\.?\d*)$/gm)].map(([, at]) => Number(at)))
  return { told: told - failed, gone: gone - failed }
}

async function killLauncher(run: Run, ranks: number): Promise<Sample> {
  await run.until(new RegExp(`(ready[^]*){${ranks}}`))
  const killed = now()
  run.kill('SIGKILL')
  await run.untilProcesses((alive) => alive === 0)
  const gone = now()
  await run.ended
  return { told: undefined, gone: gone - killed }
}

function figures(samples: readonly (number | undefined)[]): string {
  const known = samples.filter((sample) => sample !== undefined)
  if (known.length === 0) return '–'
  return [Math.min(...known), median(known), Math.max(...known)].map((value) => value.toFixed(0)).join(' / ')
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      repeats: { type: 'string', default: '20' },
      only: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return true
  }
  const only = values.only.flatMap((kinds) => kinds.split(','))
  let failures = 0
  process.stdout.write(
    '| failure | told after (ms) | all gone after (ms) | jobs that left something, or ended otherwise |\n',
  )
  process.stdout.write('| --- | --- | --- | --- |\n')
  for (const kind of KINDS) {
    if (only.length > 0 && !only.includes(kind.failure)) continue
    const samples: Sample[] = []
    const problems: string[] = []
    for (let repeat = 0; repeat < Number(values.repeats); repeat++)
      await measure(kind).then(
        (sample) => void samples.push(sample),
        (error: unknown) => void problems.push(String(error)),
      )
    failures += problems.length
    const [told, gone] = [samples.map((sample) => sample.told), samples.map((sample) => sample.gone)]
    process.stdout.write(
      `| ${kind.name} | ${figures(told)} | ${figures(gone)} | ${problems.length} of ${values.repeats} |\n`,
    )
    for (const problem of problems) process.stderr.write(`${kind.name}: ${problem}\n`)
  }
  return failures === 0
}

process.exitCode = (await main()) ? 0 : 1
