/**
 * What a benchmark program is told on its command line and how it answers. Every contestant, in whatever language,
 * speaks the same: `NAME WORK PAYLOAD SIZE:WARMUP:DURATION:WINDOWS,…`, once or several times, in; lines
 * `BENCH NAME SIZE SECONDS…` out, a figure for each window. Before each warm-up and each window it says `TURN NAME SIZE`
 * and waits for a line on its stdin: meanwhile the others have theirs.
 */
import { readSync } from 'node:fs'

/** One size to measure: at most about `warmup` ms that do not count, then `windows` of about `duration` ms each that do. */
export interface Point {
  readonly size: number
  readonly warmup: number
  readonly duration: number
  readonly windows: number
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
 * How many rounds to run next: batches that double until the warm-up is over, then the windows, before which comes one that does
 * not count: in it compilers meet what only stands between windows. The first party decides and tells the others, so that
 * all run the same; it hands in the milliseconds that the last batch took.
 * @param turn called before the warm-up and before each window; returns when this contestant may go on
 * @returns milliseconds a round took, in each window
 */
export function* batches(point: Point, turn: () => void): Generator<number, number[], number> {
  const { warmup, duration, windows } = point
  turn()
  let rounds = 1
  let took = yield rounds
  for (let spent = took; spent < (rounds < WARM_ROUNDS ? warmup : warmup / 10); spent += took) {
    rounds *= 2
    took = yield rounds
  }
  rounds = Math.floor((rounds * duration) / took) + 1
  const samples: number[] = []
  while (samples.length <= windows) {
    turn()
    samples.push((yield rounds) / rounds)
  }
  return samples.slice(1)
}

/** Asks for the turn and waits for it; it blocks, for there is nothing else to do meanwhile. */
export function takeTurn(name: string, size: number): void {
  process.stdout.write(`TURN ${name} ${size}\n`)
  const character = Buffer.alloc(1)
  do {
    if (readSync(0, character) === 0) throw new Error('stdin has ended before the turn has come')
  } while (character.toString() !== '\n')
}

export function formatTasks(tasks: readonly Task[]): string[] {
  return tasks.flatMap(({ name, work, payload, points }) => [
    name,
    work,
    payload,
    points.map(({ size, warmup, duration, windows }) => `${size}:${warmup}:${duration}:${windows}`).join(','),
  ])
}

export function parseTasks(words: readonly string[]): Task[] {
  const tasks: Task[] = []
  for (let at = 0; at < words.length; at += 4) {
    const [name, work, kind, points] = words.slice(at, at + 4)
    const payload = PAYLOADS.find((known) => known === kind)
    if (name === undefined || work === undefined || points === undefined || payload === undefined)
      throw new Error(
        `expected NAME WORK ${PAYLOADS.join('|')} SIZE:WARMUP:DURATION:WINDOWS,… …, got: ${words.join(' ')}`,
      )
    tasks.push({ name, work, payload, points: points.split(',').map(parsePoint) })
  }
  return tasks
}

function parsePoint(text: string): Point {
  const [size, warmup, duration, windows] = text.split(':').map(Number)
  if (
    size === undefined ||
    warmup === undefined ||
    duration === undefined ||
    !(duration >= 0) ||
    !(Number(windows) > 0)
  )
    throw new Error(`expected SIZE:WARMUP:DURATION:WINDOWS, got ${text}`)
  return { size, warmup, duration, windows: Number(windows) }
}

export function report(name: string, size: number, samples: readonly number[]): void {
  process.stdout.write(`BENCH ${name} ${size} ${samples.join(' ')}\n`)
}

export type Line =
  | { readonly type: 'turn'; readonly name: string; readonly size: number }
  | { readonly type: 'report'; readonly name: string; readonly size: number; readonly samples: readonly number[] }

/** What `takeTurn` or `report` (or another language's) printed; undefined for a job's other output. */
export function parseLine(line: string): Line | undefined {
  const [word, name, size, ...samples] = line.split(' ')
  if (name === undefined || size === undefined) return undefined
  if (word === 'TURN' && samples.length === 0) return { type: 'turn', name, size: Number(size) }
  if (word !== 'BENCH' || samples.length === 0) return undefined
  return { type: 'report', name, size: Number(size), samples: samples.map(Number) }
}
