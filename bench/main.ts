/** `npm run bench`: finds the contestants, lets them work in turn, and writes a table, JSON and a picture. */
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, release, type } from 'node:os'
import { join } from 'node:path'
import type { Contestant } from './contestant.ts'
import { childProcess, unixSocket, worker } from './contestants/node.ts'
import { mpi4py, openMpiC } from './contestants/open-mpi.ts'
import { zeromqIpc, zeromqTcp } from './contestants/zeromq.ts'
import { nameOf, zmpiAuto, zmpiIn, zmpiTcp, zmpiZmq } from './contestants/zmpi.ts'
import { type BenchOptions, narrow, parseOptions, select, USAGE } from './options.ts'
import { renderPicture } from './picture.ts'
import { groupWorks, plan, type Work } from './plan.ts'
import type { Run } from './run.ts'
import { median, Results, STATISTICS } from './statistics.ts'
import { renderTable } from './table.ts'
import { judge, renderVerdicts } from './targets.ts'
import { inTurn } from './turns.ts'

const CONTESTANTS = [
  zmpiAuto,
  zmpiZmq,
  zmpiTcp,
  zeromqIpc,
  zeromqTcp,
  childProcess,
  worker,
  unixSocket,
  mpi4py,
  openMpiC,
] as const

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const progress = (line: string): void => void process.stderr.write(`${line}\n`)

/** Jobs that have not ended; a stopped one would not end with the bench. */
const running = new Set<Run>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    for (const run of running) run.kill()
    process.exit(1)
  })

/** All repeats of a group of works, each time another contestant first. Who has failed takes no more part in it. */
async function measure(
  group: readonly Work[],
  contestants: readonly Contestant[],
  results: Results,
  failures: string[],
): Promise<void> {
  let order = contestants
  for (let repeat = 0; repeat < Math.max(...group.map(({ repeats }) => repeats)); repeat++) {
    for (const ranks of new Set(group.flatMap((work) => work.ranks))) {
      const works = group.filter((work) => work.ranks.includes(ranks))
      const { samples, failures: failed } = await inTurn(works, order, ranks, running)
      for (const [{ name }, all] of samples)
        for (const { work, size, value } of all) results.add(work.name, name, ranks, size, value)
      failures.push(...failed.map(({ job, reason }) => `${job}: ${reason}`))
      order = order.filter((contestant) => !failed.some((failure) => failure.contestant === contestant))
    }
    order = [...order.slice(1), ...order.slice(0, 1)]
  }
}

async function main(options: BenchOptions): Promise<number> {
  const planned = plan(options.mode).map((work) => ({ ...work, repeats: options.repeats ?? work.repeats }))
  const selected = select(options.only, planned, CONTESTANTS)
  const works = narrow(selected.works, options)
  const chosen = [...selected.contestants, ...options.against.map(zmpiIn)]

  const machine = `${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown processor'}, ${type()} ${release()}`
  say(machine)
  const found: { name: string; version: string; contestant: Contestant }[] = []
  const missing: string[] = []
  for (const contestant of chosen) {
    const version = await contestant.find()
    if (version === undefined && options.against.map(nameOf).includes(contestant.name))
      throw new RangeError(`--against: no built copy of zmpi ${contestant.name} (npm run build)`)
    if (version === undefined) missing.push(contestant.name)
    else found.push({ name: contestant.name, version, contestant })
    say(`  ${contestant.name.padEnd(12)} ${version ?? 'not found'}`)
  }

  const results = new Results()
  const failures: string[] = []
  const groups = groupWorks(works)
  for (const [index, group] of groups.entries()) {
    progress(`${index + 1}/${groups.length} ${group.map(({ title }) => title).join('; ')}`)
    const contestants = found.map(({ contestant }) => contestant)
    await measure(group, contestants, results, failures)
  }

  const names = found.map(({ name }) => name)
  const verdicts = options.mode === 'smoke' ? [] : judge(results.all())
  if (options.mode !== 'smoke') {
    say(
      options.statistic === 'median'
        ? '\nmedian of all windows; a:b is the time of a through the time of b in the window beside it, median of them\n'
        : '\nbest of all windows; a:b is the best time of a through the best time of b\n',
    )
    say(renderTable(works, names, results, STATISTICS[options.statistic], options.against.map(nameOf)))
    if (verdicts.length > 0) say(`${renderVerdicts(verdicts)}\n`)
  }
  for (const failure of failures) say(`FAILED   ${failure}`)

  await mkdir(options.output, { recursive: true })
  const versions = Object.fromEntries(found.map(({ name, version }) => [name, version]))
  const document = {
    date: new Date().toISOString(),
    mode: options.mode,
    machine,
    versions,
    results: results.all(),
    verdicts,
  }
  await writeFile(join(options.output, 'results.json'), `${JSON.stringify(document, undefined, 2)}\n`)
  const curves = names.flatMap((name) => {
    const mine = results.all().filter(({ work, contestant }) => work === 'pingpong' && contestant === name)
    return mine.length === 0
      ? []
      : [{ name, points: mine.map(({ size, samples }) => [size, median(samples)] as const) }]
  })
  if (curves.length > 0)
    await writeFile(join(options.output, 'latency.svg'), renderPicture(`ping-pong, typed array; ${machine}`, curves))
  say(`\nwritten to ${options.output}/`)

  if (options.requirePeers && missing.length > 0) {
    say(`FAILED   missing: ${missing.join(', ')}`)
    return 1
  }
  return failures.length > 0 ? 1 : 0
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) say(USAGE)
  else process.exitCode = await main(options)
} catch (error) {
  if (!(error instanceof TypeError || error instanceof RangeError)) throw error
  progress(`bench: ${error.message}\n\n${USAGE}`)
  process.exitCode = 2
}
