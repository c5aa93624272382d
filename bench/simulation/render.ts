/** The simulator's table: one line for each number of ranks and algorithm, three columns for each length. Pure. */
import { alignColumns, formatSize } from '../table.ts'
import type { Estimate } from './simulate.ts'

export interface Cell extends Estimate {
  /** Whether zmpi would choose this algorithm here. */
  readonly isChosen: boolean
}

export interface Row {
  readonly size: number
  readonly name: string
  /** One for each length; undefined where the algorithm cannot be or is not known. */
  readonly cells: readonly (Cell | undefined)[]
}

export function renderCosts(collective: string, lengths: readonly number[], rows: readonly Row[]): string {
  const head = ['ranks', 'algorithm', 'steps', ...lengths.flatMap((bytes) => [`sent of ${formatSize(bytes)}`, 'µs'])]
  const lines = rows.map(({ size, name, cells }) => [
    String(size),
    name,
    steps(cells),
    ...cells.flatMap((cell) => (cell === undefined ? ['-', '-'] : [formatBytes(cell.bytes), time(cell)])),
  ])
  return `${collective}\n${alignColumns([head, ...lines])}\n`
}

/** The same for all lengths, where there is one; for pipelines, a range. */
function steps(cells: readonly (Cell | undefined)[]): string {
  const counts = [...new Set(cells.flatMap((cell) => (cell === undefined ? [] : [cell.steps])))]
  return counts.length === 0 ? '-' : counts.join(' … ')
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return bytes.toFixed(0)
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}

function time({ seconds, isSimulated, isChosen }: Cell): string {
  const micros = seconds * 1e6
  return `${isSimulated ? '' : '~'}${micros.toFixed(micros < 100 ? 1 : 0)}${isChosen ? ' *' : '  '}`
}
