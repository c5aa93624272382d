/**
 * `npm run oversubscription`: more ranks than cores, which compute, sleep, wait for children, threads, files and sockets,
 * and pass messages, for as long as asked. Counts deadlock reports, all of which would be false.
 */
import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { launch } from '../../src/launcher/index.ts'
import { Random } from '../../test/support/random.ts'
import { fileURLToPath } from 'node:url'

const USAGE = `npm run oversubscription -- [options]

  --minutes M    how long (10)
  --ranks N      at most so many in a job (16)
  --job S        seconds of one job (60)
  --seed S       of the whole run (random)
`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    ranks: { type: 'string', default: '16' },
    job: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const [minutes, most, seconds, seed] = [values.minutes, values.ranks, values.job, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
]

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Runs jobs until the time is over. Returns whether all went well. */
async function main(): Promise<boolean> {
  const random = new Random(seed)
  const end = performance.now() + minutes * 60_000
  let [jobs, reports, failures, rankSeconds] = [0, 0, 0, 0]
  say(`seed ${seed}, ${availableParallelism()} cores`)
  while (performance.now() < end) {
    const ranks = Math.min(most, 8 + random.below(9))
    const jobSeed = random.word()
    const transport = random.pick(['auto', 'zmq'] as const)
    const started = performance.now()
    const { exitCode, stdout, stderr } = await launch({
      program: fileURLToPath(new URL('busy-rank.js', import.meta.url)),
      arguments: [String(jobSeed), String(seconds)],
      ranks,
      transport,
      oversubscribe: true,
      timeout: seconds + 300,
    })
    jobs++
    rankSeconds += (ranks * (performance.now() - started)) / 1000
    const isReport = stderr.includes('deadlock')
    if (isReport) reports++
    else if (exitCode !== 0) failures++
    say(`job ${jobs}: ${ranks} ranks, ${transport}, seed ${jobSeed}: exit ${exitCode}, ${stdout.trim()}`)
    if (exitCode !== 0) say(stderr)
  }
  say(
    `${jobs} jobs, ${(rankSeconds / 3600).toFixed(1)} hours of ranks: ` +
      `${reports} false deadlock reports, ${failures} other failures`,
  )
  return reports + failures === 0
}

if (values.help) process.stdout.write(USAGE)
else process.exitCode = (await main()) ? 0 : 1
