/** What is measured: each work with its ranks, sizes and durations, the same for every contestant. */
import { type Payload, type Point, WINDOW } from './programs/task.ts'

export type Mode = 'full' | 'short' | 'smoke'

export interface Work {
  readonly name: string
  readonly title: string
  /** Works of one group that follow each other share their jobs, so that less time goes into starting them. */
  readonly group: string
  /** What the programs are asked for; see programs/task. */
  readonly work: string
  readonly payload: Payload
  readonly ranks: readonly number[]
  readonly points: readonly Point[]
  /** Milliseconds of warm-up for the first point: in them compilers find out what the work needs. */
  readonly firstWarmup: number
  readonly unit: 'µs' | 'ms' | 's' | 'MB/s' | 'thousand/s' | 'MiB'
  /** `report`: the program tells. `clock`: taken from outside, size 0 until the first output and size 1 until the end. */
  readonly measure: 'report' | 'clock'
  readonly repeats: number
  /** Only these take part; undefined: all who can. */
  readonly contestants?: readonly string[] | undefined
}

const KIB = 1024
const MIB = KIB * KIB

interface Scale {
  readonly repeats: number
  /** Milliseconds, see programs/task: the first size warms up what the work needs, the others what is special to them. */
  readonly firstWarmup: number
  readonly warmup: number
  readonly duration: number
  readonly sizes: readonly number[]
  readonly collectiveSizes: readonly number[]
  /** Of a typed array in an object. */
  readonly fieldSizes: readonly number[]
  readonly windowSizes: readonly number[]
  readonly ranks: readonly number[]
  /** Of allgather and alltoall. */
  readonly exchangeRanks: readonly number[]
  readonly startRanks: readonly number[]
  readonly mandelbrotLimit: number
  readonly jacobiRanks: readonly number[]
  readonly jacobiEdge: number
}

const SCALES: Readonly<Record<Mode, Scale>> = {
  full: {
    repeats: 5,
    firstWarmup: 1000,
    warmup: 500,
    duration: 200,
    sizes: [8, 64, 512, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 8 * MIB],
    collectiveSizes: [8, KIB, 64 * KIB, MIB, 8 * MIB],
    fieldSizes: [64 * KIB, MIB, 8 * MIB],
    windowSizes: [KIB, 64 * KIB, MIB],
    ranks: [2, 4, 8],
    exchangeRanks: [2, 4, 8],
    startRanks: [2, 4, 8, 32],
    mandelbrotLimit: 2 ** 13,
    jacobiRanks: [1, 2],
    jacobiEdge: 2048,
  },
  short: {
    repeats: 3,
    firstWarmup: 500,
    warmup: 300,
    duration: 50,
    sizes: [8, 4 * KIB, 64 * KIB, MIB],
    collectiveSizes: [8, 64 * KIB],
    fieldSizes: [MIB],
    windowSizes: [64 * KIB],
    ranks: [2, 4],
    exchangeRanks: [],
    startRanks: [4],
    mandelbrotLimit: 2 ** 10,
    jacobiRanks: [],
    jacobiEdge: 1024,
  },
  smoke: {
    repeats: 1,
    firstWarmup: 0,
    warmup: 0,
    duration: 0,
    sizes: [8, 64 * KIB],
    collectiveSizes: [8, 64 * KIB],
    fieldSizes: [64 * KIB],
    windowSizes: [KIB],
    ranks: [2, 3],
    exchangeRanks: [3],
    startRanks: [2],
    mandelbrotLimit: 16,
    jacobiRanks: [1, 2],
    jacobiEdge: 64,
  },
}

export function plan(mode: Mode): readonly Work[] {
  const scale = SCALES[mode]
  const points = (...sizes: readonly number[]): Point[] =>
    sizes.map((size) => ({ size, warmup: scale.warmup, duration: scale.duration }))
  /** The short form leaves out who can do a work, but whom nobody compares in it. */
  const among = (...contestants: readonly string[]): Pick<Work, 'contestants'> =>
    mode === 'short' ? { contestants } : {}
  const { repeats, firstWarmup } = scale
  const rest = { payload: 'array', ranks: [2], unit: 'µs', measure: 'report', repeats, firstWarmup } as const
  const once = [{ size: 0, warmup: 0, duration: 0 }]
  const collective = (name: string, sizes: readonly number[], ranks = scale.ranks): Work => ({
    ...rest,
    name,
    title: `${name}, slowest rank`,
    group: 'collectives',
    work: name,
    ranks,
    points: points(...sizes),
    ...among('zmpi', 'mpi4py'),
  })
  const start = { ...rest, ranks: scale.startRanks, unit: 'ms', measure: 'clock' } as const
  return [
    {
      ...rest,
      name: 'pingpong',
      title: 'ping-pong, typed array, one way',
      group: 'arrays',
      work: 'pingpong',
      points: points(...scale.sizes),
      ...among('zmpi', 'zmpi zmq', 'zmq ipc', 'mpi4py', 'C'),
    },
    {
      ...rest,
      name: 'pingpong-record',
      title: 'ping-pong, a small record as object, one way',
      group: 'objects',
      work: 'pingpong',
      payload: 'record',
      points: points(1),
      ...among('zmpi', 'mpi4py'),
    },
    {
      ...rest,
      name: 'pingpong-records',
      title: 'ping-pong, an array of 1,000 records, one way',
      group: 'objects',
      work: 'pingpong',
      payload: 'records',
      points: points(1000),
      ...among('zmpi', 'mpi4py'),
    },
    {
      ...rest,
      name: 'pingpong-field',
      title: 'ping-pong, an object that holds a typed array, one way',
      group: 'objects',
      work: 'pingpong',
      payload: 'field',
      points: points(...scale.fieldSizes),
      contestants: mode === 'short' ? ['zmpi', 'mpi4py'] : ['zmpi', 'zmpi zmq', 'mpi4py'],
    },
    {
      ...rest,
      name: 'rate',
      title: `message rate, 8 B, window ${WINDOW}`,
      group: 'windows',
      work: 'window',
      unit: 'thousand/s',
      points: points(8),
      ...among('zmpi', 'mpi4py'),
    },
    {
      ...rest,
      name: 'bandwidth',
      title: `bandwidth, window ${WINDOW}`,
      group: 'windows',
      work: 'window',
      unit: 'MB/s',
      points: points(...scale.windowSizes),
      ...among('zmpi', 'mpi4py'),
    },
    collective('barrier', [8]),
    collective('broadcast', scale.collectiveSizes),
    collective('allreduce', scale.collectiveSizes),
    collective(
      'allgather',
      scale.collectiveSizes.filter((size) => size <= MIB),
      scale.exchangeRanks,
    ),
    collective(
      'alltoall',
      scale.collectiveSizes.filter((size) => size <= MIB),
      scale.exchangeRanks,
    ),
    {
      ...start,
      name: 'start',
      title: 'job start: a script that prints its rank',
      group: 'start',
      work: 'print',
      points: [0, 1].map((size) => ({ size, warmup: 0, duration: 0 })),
    },
    {
      ...start,
      name: 'first-barrier',
      title: 'job start to the first barrier',
      group: 'first-barrier',
      work: 'first-barrier',
      points: once,
      ...among('zmpi', 'mpi4py'),
    },
    {
      ...rest,
      name: 'memory',
      title: 'memory of a rank after a barrier (proportional set)',
      group: 'memory',
      work: 'memory',
      unit: 'MiB',
      ranks: [scale.ranks.at(-1) ?? 2],
      points: once,
      ...among('zmpi', 'mpi4py', 'C'),
    },
    {
      ...rest,
      name: 'mandelbrot',
      title: `Mandelbrot 700 × 700, rows dealt cyclically, at most ${scale.mandelbrotLimit} iterations`,
      group: 'mandelbrot',
      work: 'mandelbrot',
      unit: 's',
      ranks: [1, 2],
      points: [{ size: scale.mandelbrotLimit, warmup: 0, duration: 0 }],
    },
    {
      ...rest,
      name: 'jacobi',
      title: `Jacobi ${scale.jacobiEdge} × ${scale.jacobiEdge}, rows dealt in blocks, one step`,
      group: 'jacobi',
      work: 'jacobi',
      firstWarmup: scale.warmup,
      unit: 'ms',
      ranks: scale.jacobiRanks,
      points: points(scale.jacobiEdge),
    },
  ]
}

/** Neighbours of one group, which share their jobs. */
export function groupWorks(works: readonly Work[]): Work[][] {
  const groups: Work[][] = []
  for (const work of works) {
    const last = groups.at(-1)
    if (last?.[0]?.group === work.group) last.push(work)
    else groups.push([work])
  }
  return groups
}
