/**
 * What a benchmark program is told on its command line and how it answers. Every contestant, in whatever language,
 * speaks the same: `NAME WORK PAYLOAD SIZE:WARMUP:DURATION,…`, once or several times, in; lines `BENCH NAME SIZE SECONDS` out.
 */

/** One size to measure, in milliseconds: at most about `warmup` that do not count, then about `duration` that do. */
export interface Point {
  readonly size: number
  readonly warmup: number
  readonly duration: number
}

/** A typed array of `size` bytes; an object that holds one; one small record; a plain array of `size` records. */
const PAYLOADS = ['array', 'field', 'record', 'records'] as const
export type Payload = (typeof PAYLOADS)[number]

export interface Task {
  /** Under which it is reported. */
  readonly name: string
  readonly work: string
  readonly payload: Payload
  readonly points: readonly Point[]
}

/** Messages in flight in the bandwidth test, as in OSU's. */
export const WINDOW = 64

/** Who has done a batch of so many rounds, and all the smaller ones, needs no more than a tenth of the warm-up. */
const WARM_ROUNDS = 131072

/**
 * How many rounds to run next: batches that double until the warm-up is over, then the one that counts. The first party
 * decides and tells the others, so that all run the same; it hands in the milliseconds that the last batch took.
 */
export function* batches({ warmup, duration }: Point): Generator<number, void, number> {
  let rounds = 1
  for (let spent = 0; ; rounds *= 2) {
    const took = yield rounds
    spent += took
    if (spent < (rounds < WARM_ROUNDS ? warmup : warmup / 10)) continue
    yield Math.floor((rounds * duration) / took) + 1
    return
  }
}

export function formatTasks(tasks: readonly Task[]): string[] {
  return tasks.flatMap(({ name, work, payload, points }) => [
    name,
    work,
    payload,
    points.map(({ size, warmup, duration }) => `${size}:${warmup}:${duration}`).join(','),
  ])
}

export function parseTasks(words: readonly string[]): Task[] {
  const tasks: Task[] = []
  for (let at = 0; at < words.length; at += 4) {
    const [name, work, kind, points] = words.slice(at, at + 4)
    const payload = PAYLOADS.find((known) => known === kind)
    if (name === undefined || work === undefined || points === undefined || payload === undefined)
      throw new Error(`expected NAME WORK ${PAYLOADS.join('|')} SIZE:WARMUP:DURATION,… …, got: ${words.join(' ')}`)
    tasks.push({ name, work, payload, points: points.split(',').map(parsePoint) })
  }
  return tasks
}

function parsePoint(text: string): Point {
  const [size, warmup, duration] = text.split(':').map(Number)
  if (size === undefined || warmup === undefined || !(duration !== undefined && duration >= 0))
    throw new Error(`expected SIZE:WARMUP:DURATION, got ${text}`)
  return { size, warmup, duration }
}

export function report(name: string, size: number, value: number): void {
  process.stdout.write(`BENCH ${name} ${size} ${value}\n`)
}

/** What `report` (or another language's) printed, found among a job's other output: by name, then size. */
export function parseReports(output: string): Map<string, Map<number, number>> {
  const reports = new Map<string, Map<number, number>>()
  for (const [, name = '', size, value] of output.matchAll(/^BENCH (\S+) (\S+) (\S+)$/gm)) {
    const bySize = reports.get(name) ?? new Map<number, number>()
    reports.set(name, bySize.set(Number(size), Number(value)))
  }
  return reports
}
