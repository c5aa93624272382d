/** What every version says at the end: a right picture or an error, its time, and who has worked how much. */
import { equal } from 'node:assert/strict'
import { world } from 'zmpi'
import { writePicture } from './picture.ts'
import { kmax, png, size, times } from './settings.ts'

/** Sum of all counts and number of points that reach kmax, for grids whose values are known: `size/kmax`. */
const KNOWN: Readonly<Record<string, readonly [sum: number, inside: number]>> = {
  '5/16': [140, 2],
  '200/256': [1907943, 6791],
  '200/32768': [220756428, 6729],
  '700/32768': [2694861734, 82143],
}

/** Checks and saves the whole picture; called by the rank that has it. */
export async function reportPicture(counts: Int32Array, seconds: number): Promise<void> {
  const sum = counts.reduce((total, count) => total + count, 0)
  const inside = counts.reduce((total, count) => total + (count === kmax ? 1 : 0), 0)
  console.log(`Computed region in ${seconds.toFixed(2)} seconds`)
  console.log(`${sum} iterations, ${inside} points inside`)
  const known = KNOWN[`${size}/${kmax}`]
  if (known !== undefined) equal(`${sum} iterations, ${inside} points`, `${known[0]} iterations, ${known[1]} points`)
  if (png !== undefined) await writePicture(png, counts, size, kmax)
}

/**
 * With `--times`: how the work was shared. All ranks call it with the iterations and seconds of their own work. The
 * speed-up is that of the shares, total work over the longest: by iterations (what the scheme allows) and by seconds.
 */
export async function reportShares(iterations: number, seconds: number): Promise<void> {
  if (!times) return
  const shares = await world.gather([iterations, seconds] as const)
  if (shares === undefined) return
  const total = shares.reduce((sum, share) => sum + share[0], 0)
  console.log('rank     iterations   share   seconds')
  for (const [rank, share] of shares.entries()) {
    const percent = `${((100 * share[0]) / total).toFixed(1)} %`
    console.log(
      `${String(rank).padStart(4)} ${String(share[0]).padStart(14)} ${percent.padStart(7)} ${share[1].toFixed(2).padStart(9)}`,
    )
  }
  const speedUp = (column: 0 | 1): string =>
    (shares.reduce((sum, share) => sum + share[column], 0) / Math.max(...shares.map((share) => share[column]))).toFixed(
      3,
    )
  console.log(`Speed-up by iterations ${speedUp(0)}, by seconds ${speedUp(1)}`)
}

/** All counts of a matrix, added. */
export function sumOf(counts: Int32Array): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
