/**
 * How long it takes until the death of a rank is told, and until nothing of its job is left, by the way in which it
 * dies and by what the others wait in: `npm run detection -- [runs]` prints a table in milliseconds.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ZMPIRUN = fileURLToPath(new URL('../../../bin/zmpirun.js', import.meta.url))
const PROGRAM = fileURLToPath(new URL('dying-rank.js', import.meta.url))
const WAYS = ['exit', 'throw', 'SIGKILL', 'SIGSEGV']
const WAITS = ['receive', 'probe', 'send', 'barrier', 'allreduce', 'finalize']

interface Times {
  readonly told: number
  readonly gone: number
}

async function measure(wait: string, way: string): Promise<Times> {
  const child = spawn(process.execPath, [ZMPIRUN, '--oversubscribe', '-n', '3', PROGRAM, wait, way], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let told = 0
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    if (told === 0 && chunk.includes('zmpirun: rank 1')) told = now()
  })
  await once(child, 'exit')
  const gone = now()
  const died = Number(/\[1\] dies at ([\d.]+)/.exec(text)?.[1])
  if (!(died > 0) || told === 0) throw new Error(`${wait}, ${way}: ${text}`)
  return { told: told - died, gone: gone - died }
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

/** `min, median, max` */
function summary(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  return [0, Math.floor(sorted.length / 2), sorted.length - 1].map((place) => sorted[place]?.toFixed(0)).join(', ')
}

const runs = Number(process.argv[2] ?? 20)
process.stdout.write(
  '| the others wait in | the rank ends by | told: min, median, max (ms) | gone: min, median, max (ms) |\n' +
    '| --- | --- | --- | --- |\n',
)
for (const wait of WAITS)
  for (const way of WAYS) {
    const times: Times[] = []
    for (let run = 0; run < runs; run++) times.push(await measure(wait, way))
    const cells = [summary(times.map(({ told }) => told)), summary(times.map(({ gone }) => gone))]
    process.stdout.write(`| ${wait} | ${way} | ${cells.join(' | ')} |\n`)
  }
