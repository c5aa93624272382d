/** How much of each is measured, how long and how often. */
export type Mode = 'full' | 'short' | 'smoke'

const KIB = 1024
const MIB = KIB * KIB

export interface Scale {
  /** Of a job, and how many windows it has at each point. */
  readonly repeats: number
  readonly windows: number
  /** Of a job that measures one thing once. */
  readonly startRepeats: number
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
  /** Of reduce, gather, scatter, allgather and alltoall. */
  readonly exchangeRanks: readonly number[]
  readonly startRanks: readonly number[]
  readonly mandelbrotLimit: number
  readonly jacobiRanks: readonly number[]
  readonly jacobiEdge: number
}

export const SCALES: Readonly<Record<Mode, Scale>> = {
  full: {
    repeats: 2,
    windows: 10,
    startRepeats: 7,
    firstWarmup: 1000,
    warmup: 500,
    duration: 50,
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
    repeats: 2,
    windows: 8,
    startRepeats: 3,
    firstWarmup: 500,
    warmup: 300,
    duration: 20,
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
    windows: 2,
    startRepeats: 1,
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
