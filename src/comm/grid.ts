/** Arithmetic of a cartesian grid, row-major as MPI numbers it. Pure. */
import { PROC_NULL } from '../wire/envelope.ts'

export class Grid {
  readonly dimensions: readonly number[]
  readonly periodic: readonly boolean[]

  constructor(dimensions: readonly number[], periodic: readonly boolean[]) {
    this.dimensions = Object.freeze([...dimensions])
    this.periodic = Object.freeze([...periodic])
  }

  get size(): number {
    return this.dimensions.reduce((product, extent) => product * extent, 1)
  }

  /** The rank at these coordinates; periodic dimensions wrap, `PROC_NULL` outside others. */
  rankAt(coordinates: readonly number[]): number {
    if (coordinates.length !== this.dimensions.length || !coordinates.every(Number.isInteger))
      throw new RangeError(`coordinates are [${coordinates.join(', ')}]; legal: ${this.dimensions.length} integers`)
    let rank = 0
    for (const [dimension, extent] of this.dimensions.entries()) {
      let coordinate = coordinates[dimension] ?? 0
      if (this.periodic[dimension] === true) coordinate = ((coordinate % extent) + extent) % extent
      else if (coordinate < 0 || coordinate >= extent) return PROC_NULL
      rank = rank * extent + coordinate
    }
    return rank
  }

  coordinatesOf(rank: number): readonly number[] {
    if (!Number.isInteger(rank) || rank < 0 || rank >= this.size)
      throw new RangeError(`rank is ${rank}; legal: 0 … ${this.size - 1}`)
    const coordinates: number[] = []
    let rest = rank
    for (const extent of this.dimensions.toReversed()) {
      coordinates.unshift(rest % extent)
      rest = Math.floor(rest / extent)
    }
    return coordinates
  }

  /** Who sends to and who receives from `rank` when everybody shifts by `displacement` along a dimension. */
  shift(rank: number, dimension: number, displacement: number): { source: number; destination: number } {
    if (!Number.isInteger(dimension) || dimension < 0 || dimension >= this.dimensions.length)
      throw new RangeError(`dimension is ${dimension}; legal: 0 … ${this.dimensions.length - 1}`)
    if (!Number.isInteger(displacement)) throw new RangeError(`displacement is ${displacement}; legal: an integer`)
    const here = this.coordinatesOf(rank)
    const at = (by: number): number =>
      this.rankAt(here.map((value, index) => (index === dimension ? value + by : value)))
    return { source: at(-displacement), destination: at(displacement) }
  }
}

/** Checks what a user asks of `cartesian` on `size` ranks. */
export function gridOf(dimensions: readonly number[], periodic: boolean | readonly boolean[], size: number): Grid {
  if (
    !Array.isArray(dimensions) ||
    dimensions.length === 0 ||
    !dimensions.every((extent) => Number.isInteger(extent) && extent >= 1)
  )
    throw new RangeError(`dimensions are [${String(dimensions)}]; legal: one or more integers of at least 1`)
  const flags = typeof periodic === 'boolean' ? dimensions.map(() => periodic) : periodic
  if (!Array.isArray(flags) || flags.length !== dimensions.length || flags.some((flag) => typeof flag !== 'boolean'))
    throw new RangeError(`periodic is [${String(flags)}]; legal: one boolean, or ${dimensions.length} of them`)
  const grid = new Grid(dimensions, flags)
  if (grid.size > size)
    throw new RangeError(`dimensions ${dimensions.join('×')} need ${grid.size} ranks; the communicator has ${size}`)
  return grid
}
