/** Results as text: one line for each work, number of ranks and size; one column for each contestant; then ratios. Pure. */
import type { Work } from './plan.ts'
import { ratio, type Results, type Statistic } from './statistics.ts'

/** Time of the first through time of the second (below 1: the first is quicker). */
const RATIOS: readonly (readonly [string, string])[] = [
  ['zmpi', 'mpi4py'],
  ['zmpi', 'C'],
  ['zmpi zmq', 'zmq ipc'],
  ['zmpi tcp', 'zmq tcp'],
]
const NOTHING = '-'
/** Works whose size is no number of bytes that travel, or is always the same. */
const SIZELESS = [
  'pingpong-record',
  'pingpong-records',
  'barrier',
  'start',
  'first-barrier',
  'memory',
  'mandelbrot',
  'jacobi',
]

export function renderTable(
  works: readonly Work[],
  contestants: readonly string[],
  results: Results,
  statistic: Statistic,
  against: readonly string[] = [],
): string {
  const pairs = [...RATIOS, ...against.map((name) => ['zmpi', name] as const)]
  return works
    .filter(({ ranks }) => ranks.length > 0)
    .map((work) => renderWork(work, contestants, results, statistic, pairs))
    .join('\n')
}

function renderWork(
  work: Work,
  all: readonly string[],
  results: Results,
  statistic: Statistic,
  pairs: typeof RATIOS,
): string {
  const lines = work.ranks.flatMap((ranks) => work.points.map(({ size }) => ({ ranks, size })))
  const samples = (name: string, ranks: number, size: number): readonly number[] | undefined =>
    results.samples(work.name, name, ranks, size)
  const names = all.filter((name) => lines.some(({ ranks, size }) => samples(name, ranks, size) !== undefined))
  const ratios = pairs.filter((pair) => pair.every((name) => names.includes(name)))
  const rows = lines.map(({ ranks, size }) => [
    lineName(work, ranks, size),
    ...names.map((name) => {
      const measured = samples(name, ranks, size)
      return measured === undefined ? NOTHING : formatValue(statistic(measured), work.unit, size)
    }),
    ...ratios.map(([one, other]) => {
      const [above, below] = [samples(one, ranks, size), samples(other, ranks, size)]
      return above === undefined || below === undefined ? NOTHING : ratio(above, below, statistic).toFixed(2)
    }),
  ])
  const head = ['', ...names, ...ratios.map(([one, other]) => `${one}:${other}`)]
  return `${work.title} [${work.unit}]\n${alignColumns([head, ...rows])}\n`
}

function lineName(work: Work, ranks: number, size: number): string {
  if (work.name === 'start') return `${nameLine(work.name, ranks, size)}, ${size === 0 ? 'first output' : 'all done'}`
  return work.ranks.length === 1 && !SIZELESS.includes(work.name) ? formatSize(size) : nameLine(work.name, ranks, size)
}

/** `4 ranks, 64 KiB`, or `4 ranks` where the size says nothing. */
export function nameLine(work: string, ranks: number, size: number): string {
  const people = ranks === 1 ? '1 rank' : `${ranks} ranks`
  return SIZELESS.includes(work) ? people : `${people}, ${formatSize(size)}`
}

export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 ** 2 ? `${bytes / 1024} KiB` : `${bytes / 1024 ** 2} MiB`
}

/** `measured` is seconds an operation (bytes for MiB); rates are of messages of `size` bytes. MB are 10⁶ bytes, as in OSU's. */
export function formatValue(measured: number, unit: Work['unit'], size: number): string {
  const shown = {
    µs: measured * 1e6,
    ms: measured * 1e3,
    s: measured,
    'MB/s': size / measured / 1e6,
    'thousand/s': 1 / measured / 1e3,
    MiB: measured / 1024 ** 2,
  }[unit]
  if (shown >= 1000) return shown.toFixed(0)
  return shown >= 100 ? shown.toFixed(1) : shown.toFixed(2)
}

/** The first column to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
