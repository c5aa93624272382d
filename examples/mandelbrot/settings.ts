/** What the four programs can be told: `--size 700 --kmax 32768 --png FILE`, and `--times` for a table of the ranks. */
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '700' },
    kmax: { type: 'string', default: '32768' },
    png: { type: 'string' },
    times: { type: 'boolean', default: false },
  },
})

/** Rows and columns of the picture. */
export const size = atLeastOne('size', values.size)
/** Iterations after which a point counts as inside. */
export const kmax = atLeastOne('kmax', values.kmax)
export const { png, times } = values

function atLeastOne(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`--${name} is ${text}, not an integer of at least 1`)
  return value
}
