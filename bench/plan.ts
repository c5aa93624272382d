/** What is measured: each work with its ranks, sizes and durations, the same for every contestant. */
import { type Payload, type Point, WINDOW } from './programs/task.ts'
import { type Mode, SCALES } from './scale.ts'

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

export function plan(mode: Mode): readonly Work[] {
  const scale = SCALES[mode]
  const points = (...sizes: readonly number[]): Point[] =>
    sizes.map((size) => ({ size, warmup: scale.warmup, duration: scale.duration, windows: scale.windows }))
  /** Points of what is not repeated within a job. */
  const single = (...sizes: readonly number[]): Point[] =>
    sizes.map((size) => ({ size, warmup: 0, duration: 0, windows: 1 }))
  /** The short form leaves out who can do a work, but whom nobody compares in it. */
  const among = (...contestants: readonly string[]): Pick<Work, 'contestants'> =>
    mode === 'short' ? { contestants } : {}
  const { repeats, firstWarmup } = scale
  const rest = { payload: 'array', ranks: [2], unit: 'µs', measure: 'report', repeats, firstWarmup } as const
  const once = { repeats: scale.startRepeats, points: single(0) }
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
  const start = { ...rest, ...once, ranks: scale.startRanks, unit: 'ms', measure: 'clock' } as const
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
    ...['reduce', 'gather', 'scatter', 'allgather', 'alltoall'].map((name) =>
      collective(
        name,
        scale.collectiveSizes.filter((size) => size <= 1024 ** 2),
        scale.exchangeRanks,
      ),
    ),
    {
      ...start,
      name: 'start',
      title: 'job start: a script that prints its rank',
      group: 'start',
      work: 'print',
      points: single(0, 1),
    },
    {
      ...start,
      name: 'first-barrier',
      title: 'job start to the first barrier',
      group: 'first-barrier',
      work: 'first-barrier',
      ...among('zmpi', 'mpi4py'),
    },
    {
      ...rest,
      ...once,
      name: 'memory',
      title: 'memory of a rank after a barrier (proportional set)',
      group: 'memory',
      work: 'memory',
      unit: 'MiB',
      ranks: [scale.ranks.at(-1) ?? 2],
      ...among('zmpi', 'mpi4py', 'C'),
    },
    {
      ...rest,
      ...once,
      name: 'mandelbrot',
      title: `Mandelbrot 700 × 700, rows dealt cyclically, at most ${scale.mandelbrotLimit} iterations`,
      group: 'mandelbrot',
      work: 'mandelbrot',
      unit: 's',
      ranks: [1, 2],
      points: single(scale.mandelbrotLimit),
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
