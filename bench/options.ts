/** The bench's command line. */
import { parseArgs } from 'node:util'
import type { Mode } from './scale.ts'

export const USAGE = `npm run bench -- [options]

  --short            fewer sizes, ranks and contestants, shorter: under two minutes on a quiet machine
  --smoke            every program once, figures worth nothing
  --only NAME,…      only these works or contestants (a work's name also by its beginning)
  --repeats N        jobs of each contestant, instead of 2 (of starts and whole programs 7, short: 3)
  --sizes SIZE,…     only these: 8,64KiB,1MiB
  --ranks N,…        only with so many ranks
  --against DIR      also another built copy of zmpi, window by window beside this one; may be repeated
  --min              show the best window instead of the median
  --require-peers    fail when a contestant is missing on this machine
  --output DIR       for results.json and latency.svg (bench-results)
`

export interface BenchOptions {
  readonly mode: Mode
  readonly only: readonly string[]
  readonly repeats: number | undefined
  readonly sizes: readonly number[] | undefined
  readonly ranks: readonly number[] | undefined
  readonly against: readonly string[]
  readonly statistic: 'median' | 'min'
  readonly requirePeers: boolean
  readonly output: string
  readonly help: boolean
}

/** Throws a TypeError or RangeError that says what is wrong. */
export function parseOptions(words: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      short: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      repeats: { type: 'string' },
      sizes: { type: 'string' },
      ranks: { type: 'string' },
      against: { type: 'string', multiple: true, default: [] },
      min: { type: 'boolean', default: false },
      'require-peers': { type: 'boolean', default: false },
      output: { type: 'string', default: 'bench-results' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const repeats = values.repeats === undefined ? undefined : Number(values.repeats)
  if (repeats !== undefined && !(Number.isInteger(repeats) && repeats > 0))
    throw new RangeError(`--repeats ${values.repeats}: expected a whole number from 1 on`)
  return {
    mode: values.smoke ? 'smoke' : values.short ? 'short' : 'full',
    only: values.only.flatMap((names) => names.split(',')).filter((name) => name !== ''),
    repeats,
    sizes: values.sizes?.split(',').map(parseSize),
    ranks: values.ranks?.split(',').map(parseRanks),
    against: values.against,
    statistic: values.min ? 'min' : 'median',
    requirePeers: values['require-peers'],
    output: values.output,
    help: values.help,
  }
}

function parseSize(text: string): number {
  const [, digits, unit] = /^(\d+)(B|KiB|MiB)?$/.exec(text) ?? []
  if (digits === undefined) throw new RangeError(`--sizes ${text}: expected bytes, as in 8,64KiB,1MiB`)
  return Number(digits) * (unit === 'KiB' ? 1024 : unit === 'MiB' ? 1024 ** 2 : 1)
}

function parseRanks(text: string): number {
  const ranks = Number(text)
  if (!(Number.isInteger(ranks) && ranks > 0)) throw new RangeError(`--ranks ${text}: expected whole numbers from 1 on`)
  return ranks
}

/** What `--sizes` and `--ranks` leave of the works: those of them that are planned. Throws a RangeError when that is nothing. */
export function narrow<
  W extends { readonly ranks: readonly number[]; readonly points: readonly { readonly size: number }[] },
>(works: readonly W[], { sizes, ranks }: Pick<BenchOptions, 'sizes' | 'ranks'>): W[] {
  const left = works
    .map((work) => ({
      ...work,
      points: work.points.filter(({ size }) => sizes?.includes(size) ?? true),
      ranks: work.ranks.filter((number) => ranks?.includes(number) ?? true),
    }))
    .filter((work) => work.points.length > 0 && work.ranks.length > 0)
  if (left.length === 0) throw new RangeError('--sizes, --ranks: none of the works is planned with these')
  return left
}

/** The works and the contestants that `--only` leaves: a side of which it names none stays whole. */
export function select<W extends { readonly name: string }, C extends { readonly name: string }>(
  only: readonly string[],
  works: readonly W[],
  contestants: readonly C[],
): { works: readonly W[]; contestants: readonly C[] } {
  const chosenContestants = contestants.filter(({ name }) => only.includes(name))
  const prefixes = only.filter((name) => !chosenContestants.some((contestant) => contestant.name === name))
  const unknown = prefixes.find((prefix) => !works.some(({ name }) => name.startsWith(prefix)))
  if (unknown !== undefined) {
    const names = [...works, ...contestants].map(({ name }) => name)
    throw new RangeError(`--only ${unknown}: expected one of ${names.join(', ')}`)
  }
  return {
    works:
      prefixes.length === 0 ? works : works.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix))),
    contestants: chosenContestants.length === 0 ? contestants : chosenContestants,
  }
}
