import { expect } from 'chai'
import type { Work } from '../../../bench/plan.ts'
import { median, Results } from '../../../bench/statistics.ts'
import { alignColumns, formatSize, formatValue, renderTable } from '../../../bench/table.ts'

const pingPong: Work = {
  name: 'pingpong',
  title: 'ping-pong',
  group: 'arrays',
  work: 'pingpong',
  payload: 'array',
  ranks: [2],
  points: [8, 65536].map((size) => ({ size, warmup: 0, duration: 0, windows: 1 })),
  firstWarmup: 0,
  unit: 'µs',
  measure: 'report',
  repeats: 1,
}

describe('bench table', () => {
  it('has a line for each size, a column for each contestant that took part, and the ratios', () => {
    const results = new Results()
    results.add('pingpong', 'zmpi', 2, 8, 0.5e-6)
    results.add('pingpong', 'zmpi', 2, 65536, 4e-6)
    results.add('pingpong', 'mpi4py', 2, 8, 1e-6)
    expect(renderTable([pingPong], ['zmpi', 'worker', 'mpi4py'], results, median)).to.equal(
      [
        'ping-pong [µs]',
        '        zmpi  mpi4py  zmpi:mpi4py',
        '8 B     0.50    1.00         0.50',
        '64 KiB  4.00       -            -',
        '',
      ].join('\n'),
    )
  })

  it('names ranks where there are several numbers of them, and both times of a start', () => {
    const results = new Results()
    results.add('pingpong', 'C', 4, 8, 1e-6)
    results.add('start', 'C', 4, 1, 0.25)
    const collective: Work = { ...pingPong, ranks: [2, 4] }
    const start: Work = { ...pingPong, name: 'start', ranks: [4], measure: 'clock', unit: 'ms' }
    const text = renderTable(
      [collective, { ...start, points: [0, 1].map((size) => ({ size, warmup: 0, duration: 0, windows: 1 })) }],
      ['C'],
      results,
      median,
    )
    expect(text).to.contain('4 ranks, 8 B')
    expect(text).to.match(/4 ranks, first output +-/)
    expect(text).to.match(/4 ranks, all done +250\.0/)
  })

  it('formats sizes in binary and rates in decimal units', () => {
    expect([8, 1024, 65536, 8 * 1024 ** 2].map(formatSize)).to.deep.equal(['8 B', '1 KiB', '64 KiB', '8 MiB'])
    expect(formatValue(1e-3, 'MB/s', 2e6)).to.equal('2000')
    expect(formatValue(2e-6, 'thousand/s', 8)).to.equal('500.0')
    expect(formatValue(1024 ** 2, 'MiB', 0)).to.equal('1.00')
    expect(formatValue(0.0125, 'ms', 0)).to.equal('12.50')
  })

  it('aligns the first column to the left and the others to the right', () => {
    expect(
      alignColumns([
        ['', 'a'],
        ['long', '100'],
      ]),
    ).to.equal('        a\nlong  100')
  })
})
