/** Latency and bandwidth over message size as an SVG, both axes logarithmic. Pure. */
import { formatSize } from './table.ts'

export interface Curve {
  readonly name: string
  /** [bytes, seconds one way], by rising size. */
  readonly points: readonly (readonly [number, number])[]
}

const WIDTH = 520
const HEIGHT = 360
const MARGIN = { left: 70, right: 20, top: 40, bottom: 50 }
const COLORS = [
  '#0b6e4f',
  '#59a96a',
  '#8f5db7',
  '#c39bd3',
  '#b7950b',
  '#ca6f1e',
  '#7b241c',
  '#1f618d',
  '#17202a',
  '#999',
]

interface Scale {
  readonly ticks: readonly number[]
  at(value: number): number
}

/** A logarithmic axis over `values`, with a tick at every power of `base`. */
export function logScale(values: readonly number[], base: number, from: number, to: number): Scale {
  const log = (value: number): number => Math.log(value) / Math.log(base)
  const low = Math.floor(log(Math.min(...values)) + 1e-9)
  const high = Math.max(low + 1, Math.ceil(log(Math.max(...values)) - 1e-9))
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => base ** (low + index)),
    at: (value) => from + ((log(value) - low) / (high - low)) * (to - from),
  }
}

export function renderPicture(title: string, curves: readonly Curve[]): string {
  const latency = curves.map(({ name, points }) => ({
    name,
    points: points.map(([size, seconds]) => [size, seconds * 1e6] as const),
  }))
  const bandwidth = curves.map(({ name, points }) => ({
    name,
    points: points.map(([size, seconds]) => [size, size / seconds / 1e6] as const),
  }))
  const legend = curves.map(
    ({ name }, index) =>
      `<g transform="translate(${MARGIN.left + (index % 5) * 190},${HEIGHT + 20 + Math.floor(index / 5) * 20})">` +
      `<line x2="24" stroke="${color(index)}" stroke-width="2"/><text x="30" y="4">${escapeText(name)}</text></g>`,
  )
  const height = HEIGHT + 30 + Math.ceil(curves.length / 5) * 20
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${WIDTH}" y="18" text-anchor="middle" font-size="14">${escapeText(title)}</text>`,
    ...(curves.length === 0
      ? []
      : [panel('one way [µs]', latency, 0), panel('size through time [MB/s]', bandwidth, WIDTH)]),
    ...legend,
    '</svg>',
    '',
  ].join('\n')
}

function panel(label: string, curves: readonly Curve[], shift: number): string {
  const all = curves.flatMap(({ points }) => points)
  const right = WIDTH - MARGIN.right
  const bottom = HEIGHT - MARGIN.bottom
  const x = logScale(
    all.map(([size]) => size),
    8,
    MARGIN.left,
    right,
  )
  const y = logScale(
    all.map(([, value]) => value),
    10,
    bottom,
    MARGIN.top,
  )
  const round = (value: number): string => value.toFixed(1)
  const grid = [
    ...x.ticks.map((size) => {
      const at = round(x.at(size))
      const line = `<line x1="${at}" x2="${at}" y1="${MARGIN.top}" y2="${bottom}" stroke="#ddd"/>`
      return `${line}<text x="${at}" y="${bottom + 16}" text-anchor="middle" font-size="10">${formatSize(size)}</text>`
    }),
    ...y.ticks.map((value) => {
      const at = round(y.at(value))
      const line = `<line x1="${MARGIN.left}" x2="${right}" y1="${at}" y2="${at}" stroke="#ddd"/>`
      return `${line}<text x="${MARGIN.left - 6}" y="${Number(at) + 4}" text-anchor="end">${Number(value.toPrecision(3))}</text>`
    }),
  ]
  const lines = curves.map(({ points }, index) => {
    const path = points.map(([size, value]) => `${round(x.at(size))},${round(y.at(value))}`).join(' ')
    return `<polyline points="${path}" fill="none" stroke="${color(index)}" stroke-width="2"/>`
  })
  const name = `<text x="${MARGIN.left}" y="${MARGIN.top - 8}">${escapeText(label)}</text>`
  return `<g transform="translate(${shift},0)">${grid.join('')}${name}${lines.join('')}</g>`
}

function color(index: number): string {
  return COLORS[index % COLORS.length] as string
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
