/** The cost of one algorithm on a number of ranks: by running it, or where that takes too long by its formula. */
import { isPowerOfTwo } from '../../src/collectives/patterns.ts'
import { select } from '../../src/collectives/select.ts'
import type { Algorithm } from './algorithms.ts'
import type { Cost, Model } from './model.ts'
import { SimulatedNetwork } from './network.ts'

export interface Estimate extends Cost {
  readonly isSimulated: boolean
}

/**
 * By running it when that takes at most `messageLimit` messages. Undefined where there is nothing to tell: blocks of less
 * than one byte, a number of ranks that the algorithm cannot serve, or too many ranks to be run and no power of two.
 */
export async function estimate(
  algorithm: Algorithm,
  model: Model,
  size: number,
  bytes: number,
  messageLimit: number,
): Promise<Estimate | undefined> {
  if ((algorithm.cuts && bytes < size) || !serves(algorithm, size, bytes)) return undefined
  if (algorithm.messages(size) <= messageLimit)
    return { ...(await simulate(algorithm, model, size, bytes)), isSimulated: true }
  return isPowerOfTwo(size) ? { ...algorithm.formula(model, size, bytes), isSimulated: false } : undefined
}

function serves({ collective, name }: Algorithm, size: number, bytes: number): boolean {
  return select(collective, { size, bytes, commutative: true }, { [collective]: name }) === name
}

/** Runs the algorithm itself. Its blocks are even to a sixteenth, whatever the number of ranks. */
export function simulate(algorithm: Algorithm, model: Model, size: number, bytes: number): Promise<Cost> {
  const length = algorithm.cuts ? 16 * size : 64
  const scale = bytes / length
  const network = new SimulatedNetwork(size, model, scale)
  return network.run((channel, kernel) => algorithm.run(channel, new Uint8Array(length), kernel, scale))
}
