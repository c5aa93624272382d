/**
 * What a benchmark program is told on its command line and how it answers. Every contestant, in whatever language,
 * speaks the same: `WORK PAYLOAD SIZE:WARMUP:LOOPS,…` in, lines `BENCH SIZE SECONDS` out.
 */

/** One size to measure: the first `warmup` rounds are not timed, the following `loops` are. */
export interface Point {
  readonly size: number
  readonly warmup: number
  readonly loops: number
}

/** A typed array of `size` bytes; one small record; a plain array of `size` records. */
export type Payload = 'array' | 'record' | 'records'

export interface Task {
  readonly work: string
  readonly payload: Payload
  readonly points: readonly Point[]
}

/** Messages in flight in the bandwidth test, as in OSU's. */
export const WINDOW = 64

export function formatTask(task: Task): string[] {
  const points = task.points.map(({ size, warmup, loops }) => `${size}:${warmup}:${loops}`)
  return [task.work, task.payload, points.join(',')]
}

export function parseTask(words: readonly string[]): Task {
  const [work, payload, points] = words
  if (
    work === undefined ||
    points === undefined ||
    (payload !== 'array' && payload !== 'record' && payload !== 'records')
  )
    throw new Error(`expected WORK array|record|records SIZE:WARMUP:LOOPS,…, got: ${words.join(' ')}`)
  return { work, payload, points: points.split(',').map(parsePoint) }
}

function parsePoint(text: string): Point {
  const [size, warmup, loops] = text.split(':').map(Number)
  if (size === undefined || warmup === undefined || !(loops !== undefined && loops > 0))
    throw new Error(`expected SIZE:WARMUP:LOOPS, got ${text}`)
  return { size, warmup, loops }
}

export function report(size: number, value: number): void {
  process.stdout.write(`BENCH ${size} ${value}\n`)
}

/** What `report` (or another language's) printed, found among a job's other output. */
export function parseReports(output: string): Map<number, number> {
  const reports = new Map<number, number>()
  for (const [, size, value] of output.matchAll(/^BENCH (\S+) (\S+)$/gm)) reports.set(Number(size), Number(value))
  return reports
}
