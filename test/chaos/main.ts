/** `npm run chaos`: random programs against the model, for as long as asked; the first failures as small as possible. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Random } from '../support/random.ts'
import { generate } from './generate.ts'
import { MEMORY_LENGTHS, runOverMemory, type Report } from './over-memory.ts'
import { PROCESS_LENGTHS, runOverProcesses } from './over-processes.ts'
import { programText, type Program } from './program.ts'
import { shrink } from './shrink.ts'

const USAGE = `npm run chaos -- [options]

  --minutes M     how long (5)
  --seed S        of the whole run (random)
  --over WAYS     memory,shm,zmq: all ranks in this process, or real ones (memory,shm,zmq)
  --program N     only the program of this seed, as a failure names it
  --repeats N     so many times (1)
  --show          prints the program
`

const WAYS = ['memory', 'shm', 'zmq'] as const
type Way = (typeof WAYS)[number]
/** In one round: a program in this process takes a hundredth of the time of a job. */
const SHARES: Readonly<Record<Way, number>> = { memory: 40, shm: 1, zmq: 1 }
const MOST_FAILURES = 5
/** Milliseconds to make a failure smaller. */
const SHRINKING = 90_000

function programOf(seed: number, way: Way): Program {
  const lengths = way === 'memory' ? MEMORY_LENGTHS : PROCESS_LENGTHS
  return generate(seed, { ranks: 6, steps: 20, lengths, deaths: way !== 'memory' })
}

function run(program: Program, way: Way): Promise<Report> {
  return way === 'memory' ? runOverMemory(program) : runOverProcesses(program, way)
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function explain(program: Program, way: Way, problem: string): Promise<void> {
  say(`FAILED: ${problem}`)
  say(`again: npm run chaos -- --program ${program.seed} --over ${way} --repeats 20`)
  const end = performance.now() + SHRINKING
  const smallest = await shrink(
    program,
    async (smaller) => performance.now() < end && (await run(smaller, way)).problem !== undefined,
  )
  say(`\n${programText(smallest)}\n`)
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      over: { type: 'string', default: WAYS.join(',') },
      program: { type: 'string' },
      repeats: { type: 'string', default: '1' },
      show: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return true
  }
  const ways = values.over.split(',').map((name) => {
    const way = WAYS.find((known) => known === name)
    if (way === undefined) throw new RangeError(`--over ${name}: legal are ${WAYS.join(', ')}`)
    return way
  })
  if (values.program !== undefined)
    return await again(Number(values.program), ways, Number(values.repeats), values.show)
  return await search(Number(values.seed), ways, Number(values.minutes))
}

async function again(seed: number, ways: readonly Way[], repeats: number, isShown: boolean): Promise<boolean> {
  for (const way of ways) {
    const program = programOf(seed, way)
    if (isShown) say(programText(program))
    for (let repeat = 1; repeat <= repeats; repeat++) {
      const { problem, isStuck } = await run(program, way)
      say(`program ${seed} over ${way}: ${problem ?? (isStuck ? 'deadlock, as it must be' : 'well')}`)
      if (problem === undefined) continue
      await explain(program, way, problem)
      return false
    }
  }
  return true
}

async function search(seed: number, ways: readonly Way[], minutes: number): Promise<boolean> {
  const random = new Random(seed)
  const end = performance.now() + minutes * 60_000
  const counts = new Map<Way, { programs: number; stuck: number }>(ways.map((way) => [way, { programs: 0, stuck: 0 }]))
  let failures = 0
  say(`seed ${seed}`)
  while (performance.now() < end && failures < MOST_FAILURES)
    for (const [way, count] of counts)
      for (let share = SHARES[way]; share > 0 && performance.now() < end; share--) {
        const program = programOf(random.word(), way)
        const { problem, isStuck } = await run(program, way)
        count.programs++
        if (isStuck) count.stuck++
        if (problem === undefined) continue
        failures++
        await explain(program, way, problem)
      }
  for (const [way, { programs, stuck }] of counts)
    say(`over ${way}: ${programs} programs, ${stuck} of them with a deadlock`)
  say(`${failures} failures`)
  return failures === 0
}

process.exitCode = (await main()) ? 0 : 1
