/** What was measured, and the figures that are made of it. Seconds an operation (or bytes a rank), whatever is shown. */

export interface Result {
  readonly work: string
  readonly contestant: string
  readonly ranks: number
  readonly size: number
  /** The mean over each window, in the order in which they were measured. */
  readonly samples: readonly number[]
}

export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new RangeError('median of no samples')
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

export type Statistic = (samples: readonly number[]) => number
export const STATISTICS: Readonly<Record<'median' | 'min', Statistic>> = {
  median,
  min: (samples) => Math.min(...samples),
}

/**
 * Time of one through time of another: the median of the ratios of those windows that were measured one beside the other. A
 * slow machine strikes both of such a pair; of the median it may strike only one. Any other statistic is compared with the
 * other's (the least ratio would be that of a good window of one beside a bad one of the other), as where one has more
 * samples: there are no pairs.
 */
export function ratio(one: readonly number[], other: readonly number[], statistic: Statistic): number {
  if (statistic !== median || one.length !== other.length) return statistic(one) / statistic(other)
  return median(one.map((sample, index) => sample / (other[index] as number)))
}

/** Results by what they are results of. */
export class Results {
  readonly #samples = new Map<string, number[]>()
  readonly #all: Result[] = []

  add(work: string, contestant: string, ranks: number, size: number, sample: number): void {
    const key = JSON.stringify([work, contestant, ranks, size])
    const known = this.#samples.get(key)
    if (known !== undefined) {
      known.push(sample)
      return
    }
    const samples = [sample]
    this.#samples.set(key, samples)
    this.#all.push({ work, contestant, ranks, size, samples })
  }

  samples(work: string, contestant: string, ranks: number, size: number): readonly number[] | undefined {
    return this.#samples.get(JSON.stringify([work, contestant, ranks, size]))
  }

  all(): readonly Result[] {
    return this.#all
  }
}
