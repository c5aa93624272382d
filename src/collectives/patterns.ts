/**
 * Who talks to whom: the peer arithmetic of the algorithms, pure and apart from sending and receiving.
 * Trees number the ranks relative to their root; a relative rank 0 is the root.
 */

export function relativeRank(rank: number, root: number, size: number): number {
  return (rank - root + size) % size
}

export function absoluteRank(relative: number, root: number, size: number): number {
  return (relative + root) % size
}

/** ⌈log₂ size⌉. */
export function log2Ceiling(size: number): number {
  return size <= 1 ? 0 : 32 - Math.clz32(size - 1)
}

/** The largest power of two that is at most `size`. */
export function powerOfTwoWithin(size: number): number {
  return 2 ** (31 - Math.clz32(size))
}

export function isPowerOfTwo(size: number): boolean {
  return (size & (size - 1)) === 0
}

/**
 * A rank's place in the binomial tree: its subtree is the relative ranks `relative … relative + span − 1`.
 *
 *   0 ── 1            parent: lowest set bit cleared
 *   ├─── 2 ── 3       children: one bit below the lowest set bit added,
 *   └─── 4            here with the nearest first
 */
export interface TreePlace {
  /** Relative rank of the parent; undefined at the root. */
  readonly parent: number | undefined
  readonly span: number
  readonly children: readonly { readonly child: number; readonly span: number }[]
}

export function binomialTree(relative: number, size: number): TreePlace {
  const lowestBit = relative === 0 ? 2 ** log2Ceiling(size) : relative & -relative
  const children: { child: number; span: number }[] = []
  for (let bit = 1; bit < lowestBit && relative + bit < size; bit *= 2)
    children.push({ child: relative + bit, span: Math.min(bit, size - relative - bit) })
  return {
    parent: relative === 0 ? undefined : relative - lowestBit,
    span: Math.min(lowestBit, size - relative),
    children,
  }
}

export interface Hop {
  readonly destination: number
  readonly source: number
  readonly distance: number
}

/** The rounds of the dissemination pattern: in round k send 2^k ranks ahead, receive from 2^k behind, cyclically. */
export function dissemination(rank: number, size: number): Hop[] {
  const hops: Hop[] = []
  for (let distance = 1; distance < size; distance *= 2) hops.push(shift(rank, size, distance))
  return hops
}

/** Send `distance` ahead and receive from `distance` behind, cyclically: a step of the ring and pairwise patterns. */
export function shift(rank: number, size: number, distance: number): Hop {
  return { destination: (rank + distance) % size, source: (rank - distance + size) % size, distance }
}

/**
 * How any number of ranks is folded onto a power of two, keeping rank order. Of the first `2 · remainder` ranks, each
 * odd one (extra) hands its part to the even one before it (proxy); all others (base) take part as they are.
 *
 *   size 5:  rank          0      1      2     3     4
 *            role        proxy  extra  base  base  base
 *            participant   0      –      1     2     3
 */
export interface Fold {
  readonly role: 'extra' | 'proxy' | 'base'
  /** The other one of extra and proxy; for base the rank itself. */
  readonly partner: number
  /** Number among the participants; −1 for extra. */
  readonly participant: number
  readonly powerOfTwo: number
  readonly remainder: number
}

export function foldToPowerOfTwo(rank: number, size: number): Fold {
  const powerOfTwo = powerOfTwoWithin(size)
  const remainder = size - powerOfTwo
  if (rank >= 2 * remainder)
    return { role: 'base', partner: rank, participant: rank - remainder, powerOfTwo, remainder }
  if (rank % 2 === 1) return { role: 'extra', partner: rank - 1, participant: -1, powerOfTwo, remainder }
  return { role: 'proxy', partner: rank + 1, participant: rank / 2, powerOfTwo, remainder }
}

/** The rank of a participant of the fold. */
export function participantRank(participant: number, remainder: number): number {
  return participant < remainder ? 2 * participant : participant + remainder
}
