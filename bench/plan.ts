/** What is measured: each work with its ranks, sizes and loop counts, the same for every contestant. */
import { type Payload, type Point, WINDOW } from './programs/task.ts'

export type Mode = 'full' | 'short' | 'smoke'

export interface Work {
  readonly name: string
  readonly title: string
  /** What the programs are asked for; see programs/task. */
  readonly task: string
  readonly payload: Payload
  readonly ranks: readonly number[]
  readonly points: readonly Point[]
  readonly unit: 'µs' | 'ms' | 's' | 'MB/s' | 'thousand/s' | 'MiB'
  /** `report`: the program tells. `clock`: taken from outside, size 0 until the first output and size 1 until the end. */
  readonly measure: 'report' | 'clock'
  readonly repeats: number
}

const KIB = 1024
const MIB = KIB * KIB

interface Scale {
  readonly repeats: number
  /** Loops of a cheap operation; each size's share follows from it. */
  readonly loops: number
  readonly sizes: readonly number[]
  readonly collectiveSizes: readonly number[]
  readonly windowSizes: readonly number[]
  readonly ranks: readonly number[]
  /** Of allgather and alltoall. */
  readonly exchangeRanks: readonly number[]
  readonly startRanks: readonly number[]
  readonly mandelbrotLimit: number
  readonly jacobiEdge: number
}

const SCALES: Readonly<Record<Mode, Scale>> = {
  full: {
    repeats: 5,
    loops: 10_000,
    sizes: [8, 64, 512, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 8 * MIB],
    collectiveSizes: [8, KIB, 64 * KIB, MIB, 8 * MIB],
    windowSizes: [KIB, 64 * KIB, MIB],
    ranks: [2, 4, 8],
    exchangeRanks: [2, 4, 8],
    startRanks: [2, 4, 8, 32],
    mandelbrotLimit: 2 ** 13,
    jacobiEdge: 2048,
  },
  short: {
    repeats: 3,
    loops: 2500,
    sizes: [8, 4 * KIB, 64 * KIB, MIB],
    collectiveSizes: [8, 64 * KIB],
    windowSizes: [64 * KIB],
    ranks: [2, 4],
    exchangeRanks: [4],
    startRanks: [4],
    mandelbrotLimit: 2 ** 10,
    jacobiEdge: 1024,
  },
  smoke: {
    repeats: 1,
    loops: 1,
    sizes: [8, 64 * KIB],
    collectiveSizes: [8, 64 * KIB],
    windowSizes: [KIB],
    ranks: [2, 3],
    exchangeRanks: [3],
    startRanks: [2],
    mandelbrotLimit: 16,
    jacobiEdge: 64,
  },
}

export function plan(mode: Mode): readonly Work[] {
  const scale = SCALES[mode]
  const point = (size: number, share: number): Point => {
    const loops = Math.max(mode === 'full' ? 10 : 3, Math.ceil((scale.loops * share) / (1 + size / (4 * KIB))))
    return mode === 'smoke' ? { size, warmup: 0, loops: 1 } : { size, warmup: Math.ceil(loops / 4), loops }
  }
  const points = (sizes: readonly number[], share: number): Point[] => sizes.map((size) => point(size, share))
  const rest = { payload: 'array', ranks: [2], unit: 'µs', measure: 'report', repeats: scale.repeats } as const
  const once = [{ size: 0, warmup: 0, loops: 1 }]
  const collective = (name: string, sizes: readonly number[], ranks = scale.ranks): Work => ({
    ...rest,
    name,
    title: `${name}, slowest rank`,
    task: name,
    ranks,
    points: points(sizes, 0.1),
  })
  const start = { ...rest, ranks: scale.startRanks, unit: 'ms', measure: 'clock' } as const
  return [
    {
      ...rest,
      name: 'pingpong',
      title: 'ping-pong, typed array, one way',
      task: 'pingpong',
      points: points(scale.sizes, 1),
    },
    {
      ...rest,
      name: 'pingpong-record',
      title: 'ping-pong, a small record as object, one way',
      task: 'pingpong',
      payload: 'record',
      points: [{ ...point(8, 0.5), size: 1 }],
    },
    {
      ...rest,
      name: 'pingpong-records',
      title: 'ping-pong, an array of 1,000 records, one way',
      task: 'pingpong',
      payload: 'records',
      points: [{ ...point(64 * KIB, 0.3), size: 1000 }],
    },
    {
      ...rest,
      name: 'rate',
      title: `message rate, 8 B, window ${WINDOW}`,
      task: 'window',
      unit: 'thousand/s',
      points: points([8], 0.1),
    },
    {
      ...rest,
      name: 'bandwidth',
      title: `bandwidth, window ${WINDOW}`,
      task: 'window',
      unit: 'MB/s',
      points: points(scale.windowSizes, 0.05),
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
      task: 'print',
      points: [0, 1].map((size) => ({ size, warmup: 0, loops: 1 })),
    },
    { ...start, name: 'first-barrier', title: 'job start to the first barrier', task: 'first-barrier', points: once },
    {
      ...rest,
      name: 'memory',
      title: 'memory of a rank after a barrier (proportional set)',
      task: 'memory',
      unit: 'MiB',
      ranks: [scale.ranks.at(-1) ?? 2],
      points: once,
    },
    {
      ...rest,
      name: 'mandelbrot',
      title: `Mandelbrot 700 × 700, rows dealt cyclically, at most ${scale.mandelbrotLimit} iterations`,
      task: 'mandelbrot',
      unit: 's',
      ranks: [1, 2],
      points: [{ size: scale.mandelbrotLimit, warmup: 0, loops: 1 }],
    },
    {
      ...rest,
      name: 'jacobi',
      title: `Jacobi ${scale.jacobiEdge} × ${scale.jacobiEdge}, rows dealt in blocks, one step`,
      task: 'jacobi',
      unit: 'ms',
      ranks: [1, 2],
      points: [{ size: scale.jacobiEdge, warmup: Math.ceil(scale.loops / 1000), loops: Math.ceil(scale.loops / 100) }],
    },
  ]
}
