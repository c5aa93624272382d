/** What zmpi has set itself, as ratios of times in one run, and whether a run reached it. Pure. */
import { median, ratio, type Result } from './statistics.ts'
import { nameLine } from './table.ts'

export interface Target {
  readonly title: string
  readonly works: readonly string[]
  /** Time of the first through time of the second is at most `atMost`. */
  readonly ratio: readonly [string, string]
  readonly atMost: number
  readonly applies?: (result: Result) => boolean
}

const KIB = 1024

export const TARGETS: readonly Target[] = [
  { title: 'ping-pong, each size', works: ['pingpong'], ratio: ['zmpi', 'mpi4py'], atMost: 0.8 },
  { title: 'ping-pong, 8 B', works: ['pingpong'], ratio: ['zmpi', 'C'], atMost: 5, applies: ({ size }) => size === 8 },
  {
    title: 'ping-pong, 64 KiB and above',
    works: ['pingpong'],
    ratio: ['zmpi', 'C'],
    atMost: 1,
    applies: ({ size }) => size >= 64 * KIB,
  },
  {
    title: 'ping-pong, objects',
    works: ['pingpong-record', 'pingpong-records'],
    ratio: ['zmpi', 'mpi4py'],
    atMost: 1,
  },
  { title: 'message rate', works: ['rate'], ratio: ['zmpi', 'mpi4py'], atMost: 1 },
  {
    title: 'barrier, broadcast, allreduce on 2 and 4 ranks',
    works: ['barrier', 'broadcast', 'allreduce'],
    ratio: ['zmpi', 'mpi4py'],
    atMost: 1,
    applies: ({ ranks }) => ranks <= 4,
  },
  { title: 'ping-pong over ZeroMQ, ipc', works: ['pingpong'], ratio: ['zmpi zmq', 'zmq ipc'], atMost: 1.15 },
  { title: 'ping-pong over ZeroMQ, tcp', works: ['pingpong'], ratio: ['zmpi tcp', 'zmq tcp'], atMost: 1.15 },
  {
    title: 'start of 4 ranks that print',
    works: ['start'],
    ratio: ['zmpi', 'mpi4py'],
    atMost: 1,
    applies: ({ ranks, size }) => ranks === 4 && size === 1,
  },
]

/** Mandelbrot on 2 ranks: time on one through twice the time on two. */
export const EFFICIENCY_AT_LEAST = 0.95

export interface Verdict {
  readonly title: string
  readonly target: string
  /** The least favourable figure and where it was seen, or who is missing. */
  readonly measured: string
  /** undefined: there is nobody to compare with. */
  readonly isReached: boolean | undefined
}

/** One verdict for each target of which zmpi's side was measured. */
export function judge(results: readonly Result[], targets: readonly Target[] = TARGETS): Verdict[] {
  const verdicts = targets.flatMap((target) => judgeTarget(results, target) ?? [])
  const efficiency = judgeEfficiency(results)
  return efficiency === undefined ? verdicts : [...verdicts, efficiency]
}

/** A line for each verdict. */
export function renderVerdicts(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ title, target, measured, isReached }) => [
    title,
    target,
    isReached === undefined ? '-' : isReached ? 'reached' : 'MISSED',
    measured,
  ])
  const lines = [['must reach', 'target', 'result', 'measured, the least favourable'], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function judgeTarget(results: readonly Result[], target: Target): Verdict | undefined {
  const [one, other] = target.ratio
  const mine = results
    .filter((result) => target.works.includes(result.work) && (target.applies?.(result) ?? true))
    .filter(({ contestant }) => contestant === one)
  if (mine.length === 0) return undefined
  const title = one === 'zmpi' ? target.title : `${target.title} (${one})`
  const aim = `at most ${target.atMost} of ${other}`
  const [worst] = mine
    .flatMap((own) => {
      const theirs = results.find(
        ({ work, contestant, ranks, size }) =>
          contestant === other && work === own.work && ranks === own.ranks && size === own.size,
      )
      return theirs === undefined ? [] : [{ own, times: ratio(own.samples, theirs.samples, median) }]
    })
    .toSorted((a, b) => b.times - a.times)
  if (worst === undefined) return { title, target: aim, measured: `nothing of ${other}`, isReached: undefined }
  const { work, ranks, size } = worst.own
  const measured = `${worst.times.toFixed(2)} (${work}, ${nameLine(work, ranks, size)})`
  return { title, target: aim, measured, isReached: worst.times <= target.atMost }
}

function judgeEfficiency(results: readonly Result[]): Verdict | undefined {
  const [one, two] = [1, 2].map((count) =>
    results.find(({ work, contestant, ranks }) => work === 'mandelbrot' && contestant === 'zmpi' && ranks === count),
  )
  if (one === undefined || two === undefined) return undefined
  const efficiency = ratio(one.samples, two.samples, median) / 2
  return {
    title: 'Mandelbrot, 2 ranks',
    target: `efficiency at least ${EFFICIENCY_AT_LEAST}`,
    measured: efficiency.toFixed(2),
    isReached: efficiency >= EFFICIENCY_AT_LEAST,
  }
}
