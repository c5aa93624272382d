/**
 * Which algorithm serves a call: the one table. It may look only at what every rank of the call knows to be the same,
 * or the ranks would follow different algorithms and wait for ever.
 */

/** What all ranks know about a call. */
export interface Facts {
  readonly size: number
  /** Of the whole typed array that all ranks know; undefined for values, whose size only their owner knows. */
  readonly bytes?: number
  readonly commutative?: boolean
  /** On how many hosts the ranks are; 1 when that is not known. @default 1 */
  readonly hosts?: number
}

interface Entry {
  /** Where the algorithm is correct. @default everywhere */
  readonly serves?: (facts: Required<Facts>) => boolean
  /** Where it is the best of those that follow. @default everywhere */
  readonly suits?: (facts: Required<Facts>) => boolean
}

const KIB = 1024
const known = ({ bytes }: Required<Facts>): boolean => !Number.isNaN(bytes)
/** The array can be cut and its parts folded in any order. */
const splits = (facts: Required<Facts>): boolean => known(facts) && facts.commutative
/** Of ranks that share memory: see prefersShared. No algorithm by messages. */
const WITHOUT_MESSAGES: Entry = { serves: () => false }
const isPowerOfTwo = ({ size }: Required<Facts>): boolean => (size & (size - 1)) === 0
/** More than a pair, and so few that one step in which all send to all is quicker than several. */
const isFew = (size: number): boolean => size > 2 && size <= 8
/** Blocks of a rank reach this length. False when the length is unknown. */
const blocksFrom =
  (bytes: number) =>
  (facts: Required<Facts>): boolean =>
    facts.bytes >= bytes * facts.size

/**
 * For each collective its algorithms, in order of preference; the last serves everything that is left. The limits are
 * where `npm run simulate` shows the times cross, except that within one host (few ranks) what all send together counts.
 */
const TABLE = {
  barrier: {
    shared: WITHOUT_MESSAGES,
    leaders: { serves: ({ hosts }) => hosts > 1, suits: ({ hosts, size }) => hosts < size },
    linear: { suits: ({ hosts, size }) => hosts === 1 && isFew(size) },
    dissemination: {},
  },
  broadcast: {
    shared: WITHOUT_MESSAGES,
    chain: { serves: known, suits: (facts) => facts.size > 2 && blocksFrom(512 * KIB)(facts) },
    scatterAllgather: { serves: known, suits: (facts) => facts.size > 8 && blocksFrom(64 * KIB)(facts) },
    binomial: {},
  },
  scatter: { shared: WITHOUT_MESSAGES, linear: { suits: ({ size }) => size <= 64 }, binomial: {} },
  gather: { shared: WITHOUT_MESSAGES, linear: { suits: ({ size }) => size <= 64 }, binomial: {} },
  allgather: {
    shared: WITHOUT_MESSAGES,
    linear: { suits: ({ size }) => size <= 8 },
    recursiveDoubling: { serves: isPowerOfTwo, suits: (facts) => !blocksFrom(64 * KIB)(facts) },
    bruck: { suits: (facts) => !blocksFrom(64 * KIB)(facts) },
    ring: {},
  },
  alltoall: {
    shared: WITHOUT_MESSAGES,
    bruck: { suits: ({ size, bytes }) => size > 8 && bytes <= size * (size > 256 ? 8 * KIB : 256) },
    linear: { suits: ({ size }) => size <= 256 },
    pairwise: {},
  },
  reduce: {
    shared: WITHOUT_MESSAGES,
    rabenseifner: {
      serves: splits,
      suits: (facts) => facts.bytes >= (isPowerOfTwo(facts) ? 64 * KIB : 512 * KIB),
    },
    binomial: {},
  },
  allreduce: {
    shared: WITHOUT_MESSAGES,
    linear: { serves: known, suits: ({ size, bytes }) => isFew(size) && bytes <= 2 * KIB },
    ring: { serves: splits, suits: (facts) => !isPowerOfTwo(facts) && blocksFrom(16 * KIB)(facts) },
    rabenseifner: { serves: splits, suits: ({ size, bytes }) => bytes >= (size > 2 ? 32 * KIB : 128 * KIB) },
    recursiveDoubling: {},
  },
  reduceScatter: {
    ring: { serves: splits, suits: (facts) => !isPowerOfTwo(facts) && blocksFrom(16 * KIB)(facts) },
    recursiveHalving: { serves: splits },
    binomial: {},
  },
  scan: { recursiveDoubling: {} },
} as const satisfies Record<string, Record<string, Entry>>

export type Collective = keyof typeof TABLE
/** Of a union of collectives: of any of them. */
export type AlgorithmOf<C extends Collective> = { [D in C]: keyof (typeof TABLE)[D] & string }[C]

/** Algorithms that a user forces, by collective. One that cannot serve a call is passed over. */
export type Algorithms = { readonly [C in Collective]?: AlgorithmOf<C> }

const everywhere = (): boolean => true
/** The table's rows as a list, complete: it is gone through at every call. */
const ROWS = Object.fromEntries(
  Object.entries(TABLE as Record<string, Record<string, Entry>>).map(([collective, entries]) => [
    collective,
    Object.entries(entries).map(([name, { serves = everywhere, suits = everywhere }]) => ({ name, serves, suits })),
  ]),
)

/** Of a message of this length between two ranks each copies half. */
const BY_BOTH = 192 * KIB
/** A block of this length is copied once as a message. */
const COPIED_ONCE = 512 * KIB

/** Of values, which are as long as they may be, in bytes. */
export const UNKNOWN = Number.POSITIVE_INFINITY

/**
 * Whether ranks that share memory use it: unless another algorithm is forced, or there are two, between which a message is
 * quicker. Apart from `select`, since some of these calls last less than it takes to put facts together; `size` and `bytes`
 * count for broadcast, allgather and alltoall.
 */
export function prefersShared(
  collective: 'barrier' | 'broadcast' | 'scatter' | 'gather' | 'allgather' | 'alltoall' | 'reduce' | 'allreduce',
  forced: Algorithms | undefined,
  size = 0,
  bytes = 0,
): boolean {
  const wish: string | undefined = forced?.[collective]
  if (wish !== undefined) return wish === 'shared'
  if (size !== 2) return true
  return bytes < (collective === 'broadcast' ? BY_BOTH : collective === 'alltoall' ? 2 * COPIED_ONCE : UNKNOWN)
}

/** The algorithm for a call: the forced one where it is correct, else the first that suits. */
export function select<C extends Collective>(collective: C, facts: Facts, forced?: Algorithms): AlgorithmOf<C> {
  const { size, bytes = Number.NaN, commutative = false, hosts = 1 } = facts
  const complete = { size, bytes, commutative, hosts }
  const rows = ROWS[collective] ?? []
  const wish: AlgorithmOf<C> | undefined = forced?.[collective]
  if (wish !== undefined && rows.some(({ name, serves }) => name === wish && serves(complete))) return wish
  for (const { name, serves, suits } of rows) if (serves(complete) && suits(complete)) return name as AlgorithmOf<C>
  throw new Error(`bug: no algorithm serves ${collective}`)
}

/** The names of a collective's algorithms. */
export function algorithmsOf<C extends Collective>(collective: C): AlgorithmOf<C>[] {
  return Object.keys(TABLE[collective]) as AlgorithmOf<C>[]
}

/**
 * Reads the form of `ZMPI_ALGORITHM`: `allreduce=ring,broadcast=scatter-allgather`. Case, `-` and `_` do not count.
 * Throws a RangeError that names the legal collectives or algorithms.
 */
export function parseAlgorithms(text: string): Algorithms {
  const chosen: Record<string, string> = {}
  for (const item of text.split(',').map((part) => part.trim())) {
    if (item === '') continue
    const [left = '', right = '', ...more] = item.split('=').map((part) => part.trim())
    if (right === '' || more.length > 0)
      throw new RangeError(`ZMPI_ALGORITHM: ${JSON.stringify(item)} is not of the form collective=algorithm`)
    const collective = pick('collective', left, Object.keys(TABLE)) as Collective
    chosen[collective] = pick(`algorithm for ${collective}`, right, algorithmsOf(collective))
  }
  return chosen
}

function pick(what: string, given: string, legal: readonly string[]): string {
  const plain = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase()
  const found = legal.find((name) => plain(name) === plain(given))
  if (found === undefined)
    throw new RangeError(`ZMPI_ALGORITHM: no ${what} is called ${JSON.stringify(given)}; there is ${legal.join(', ')}`)
  return found
}
