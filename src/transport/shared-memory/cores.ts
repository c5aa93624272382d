/**
 * Keeps ranks that wait for each other on different cores. Whoever preempts one of two such ranks (a compiler's thread, one of
 * the kernel's) may bring both to one core. There they hand it to each other every few µs, and the system takes them for too
 * recently used to be moved: for 10 to 70 ms a barrier takes 50 µs, while the other core is idle. So a rank that gives its
 * core away says where it runs, looks where the others do, and goes where fewer are. It is bound to nothing: the system
 * moves it afterwards as before. What another said may be old, if it has not waited since: the worst that comes of it is a move
 * that the system undoes.
 */
import type { Native } from '../native.ts'
import type { Lobby } from './lobby.ts'

/** Giving the core away took so many ms: somebody else had it. Twice in a row it is no passer-by. */
const SHARED = 0.02
const IN_A_ROW = 2
/** Milliseconds between two looks at the others. */
const INTERVAL = 1

/** What it needs of a rank's place. */
export interface Spot {
  readonly native: Pick<Native, 'yield' | 'core' | 'cores' | 'moveTo'>
  readonly lobby: Pick<Lobby, 'core' | 'setCore'>
  readonly layout: { readonly ranks: number }
  /** Number of this rank among those of its host. */
  readonly own: number
}

export class Cores {
  readonly #spot: Spot
  readonly #crowded: boolean
  readonly #now: () => number
  /** In a row somebody else had it. */
  #times = 0
  #next = 0

  /**
   * @param crowded more ranks than cores: somebody always has it, and it makes no difference where they share it
   * @param now a clock, in ms
   */
  constructor(spot: Spot, crowded: boolean, now: () => number = () => performance.now()) {
    this.#spot = spot
    this.#crowded = crowded
    this.#now = now
  }

  /** Gives the core to another process. */
  yield(): void {
    const { native } = this.#spot
    if (this.#crowded) return native.yield()
    const start = this.#now()
    native.yield()
    const end = this.#now()
    if (end - start < SHARED) {
      this.#times = 0
      return
    }
    const mine = native.core()
    this.#spot.lobby.setCore(mine)
    if (++this.#times < IN_A_ROW || end < this.#next) return
    this.#next = end + INTERVAL
    this.#spread(mine)
  }

  #spread(mine: number): void {
    const { native, lobby, layout, own } = this.#spot
    const cores = Array.from({ length: layout.ranks }, (_, index) => lobby.core(index))
    cores[own] = mine
    const better = coreWithFewer(cores, own, () => native.cores())
    if (better === undefined) return
    native.moveTo(better)
    lobby.setCore(native.core())
  }
}

/**
 * The nearest of those cores that serve the fewest ranks, if it serves at least two fewer than the core of rank `own`, and
 * of the ranks there `own` is the last: one moves, not all. undefined when it should stay.
 * @param cores of the ranks; undefined for those that need none
 * @param allowed where this rank may run, asked only when that matters
 */
export function coreWithFewer(
  cores: readonly (number | undefined)[],
  own: number,
  allowed: () => readonly number[],
): number | undefined {
  const mine = cores[own]
  const ranksOn = (core: number): number => cores.filter((other) => other === core).length
  if (mine === undefined || ranksOn(mine) < 2 || cores.lastIndexOf(mine) !== own) return undefined
  const [best] = allowed()
    .map((core) => ({ core, ranks: ranksOn(core), distance: Math.abs(core - mine) }))
    .toSorted((a, b) => a.ranks - b.ranks || a.distance - b.distance)
  return best !== undefined && best.ranks + 2 <= ranksOn(mine) ? best.core : undefined
}
