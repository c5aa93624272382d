/** Runs a program with all ranks in this process, over a network that delays and reorders by a seed. */
import { overMemory } from '../support/networks.ts'
import { makeJob, type TestJob } from '../support/job.ts'
import { Random } from '../support/random.ts'
import { perform } from './perform.ts'
import { judge } from './model.ts'
import type { Outcome, Program } from './program.ts'

/** Payloads on both sides of the networks' limits. */
export const MEMORY_LENGTHS = [2, 3, 40, 300, 1500, 9000] as const

/** Turns of the event loop without any progress after which nothing is under way. */
const STILL = 24
/** No program takes as long as this, in looks of a clock that stands still while this process does not get a processor. */
const LIMIT = 200
/** Milliseconds between two of them. */
const LOOK = 100

export interface Report {
  /** What is wrong; undefined: nothing. */
  readonly problem: string | undefined
  /** Whether ranks were left waiting. */
  readonly isStuck: boolean
}

/** Runs it and judges. Never rejects. */
export async function runOverMemory(program: Program): Promise<Report> {
  const random = new Random(program.seed ^ 0x5eed)
  const lost: string[] = []
  const open = overMemory({
    seed: random.word(),
    delay: random.below(5),
    eagerLimit: random.pick([256, 1024, 8192]),
    fragmentBytes: random.pick([1024, 4096, 65_536]),
    direct: random.pick(['yes', 'no', 'refused']),
  })
  const job = await makeJob(program.scripts.length, open, {
    windowBytes: random.pick([2048, 16_384, 1 << 20]),
    // More than a program sends: past them a send waits for its receiver.
    windowSlots: random.pick([256, 65_536]),
  })
  const traces = program.scripts.map(() => new Map<number, Outcome>())
  let isRecording = true
  let pauses = 0
  let failure: string | undefined
  const running = program.scripts.map(async (_, rank) => {
    const world = job.ranks[rank]
    if (world === undefined) return
    await perform(program, {
      rank,
      world,
      pause: async (turns) => {
        pauses++
        for (let turn = 0; turn < turns; turn++) await turnOfLoop()
        pauses--
      },
      die: () => {},
      tell: (step, outcome) => {
        if (isRecording) traces[rank]?.set(step, outcome)
      },
    })
  })
  let unfinished = running.length
  for (const rank of running)
    rank.then(
      () => unfinished--,
      (error: unknown) => {
        unfinished--
        if (isRecording) failure ??= String(error)
      },
    )
  const inTime = await atRest(
    job,
    () => unfinished === 0,
    () => pauses > 0,
  )
  isRecording = false
  const isStuck = unfinished > 0
  for (const [rank, peer, reason] of job.lost) lost.push(`rank ${rank} lost rank ${peer}: ${reason}`)
  const isClosed = await Promise.race([(isStuck ? job.abandon() : job.close()).then(() => true), afterwards(LIMIT)])
  await Promise.race([Promise.allSettled(running), afterwards(LIMIT)])
  const { problem } = judge(program, traces, inTime && failure === undefined)
  const other = [
    ...(inTime ? [] : ['it did not come to rest']),
    ...(isClosed ? [] : ['the ranks did not come to their end']),
    ...(failure === undefined ? [] : [failure]),
    ...lost,
  ][0]
  return { problem: problem ?? other, isStuck }
}

/** Resolves when nothing can happen any more: true, or false when that took too long. */
async function atRest(job: TestJob, isOver: () => boolean, isPausing: () => boolean): Promise<boolean> {
  const { endpoints } = job
  let isLate = false
  void afterwards(LIMIT).then(() => (isLate = true))
  let seen = -1
  let still = 0
  let turns: number[] = []
  while (!isOver()) {
    await turnOfLoop()
    const progress = endpoints.reduce((sum, endpoint) => sum + endpoint.activity.progress, 0)
    if (progress !== seen || isPausing() || hasLimits(job)) {
      seen = progress
      still = 0
      turns = endpoints.map(({ activity }) => activity.turn)
    } else still++
    if (still > STILL && endpoints.every((endpoint, rank) => endpoint.activity.isSettled(turns[rank] as number)))
      return true
    if (isLate) return false
  }
  return true
}

/** Whether an operation waits that its timeout will end. */
function hasLimits({ endpoints }: TestJob): boolean {
  return endpoints.some(({ activity }) => activity.isLimited)
}

function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function afterwards(looks: number): Promise<false> {
  for (let i = 0; i < looks; i++) await new Promise((resolve) => setTimeout(resolve, LOOK).unref())
  return false
}
