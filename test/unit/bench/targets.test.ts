import { expect } from 'chai'
import type { Result } from '../../../bench/statistics.ts'
import { judge, renderVerdicts, type Target } from '../../../bench/targets.ts'

const target: Target = { title: 'ping-pong', works: ['pingpong'], ratio: ['zmpi', 'mpi4py'], atMost: 0.8 }

function result(contestant: string, size: number, seconds: number): Result {
  return { work: 'pingpong', contestant, ranks: 2, size, samples: [seconds] }
}

describe('bench targets', () => {
  it('judges by the least favourable size', () => {
    const good = [result('zmpi', 8, 1), result('mpi4py', 8, 2)]
    expect(judge(good, [target])).to.deep.include({
      title: 'ping-pong',
      target: 'at most 0.8 of mpi4py',
      isReached: true,
      measured: '0.50 (pingpong, 2 ranks, 8 B)',
    })
    const bad = [...good, result('zmpi', 1024, 9), result('mpi4py', 1024, 10)]
    expect(judge(bad, [target])).to.deep.include({
      title: 'ping-pong',
      target: 'at most 0.8 of mpi4py',
      isReached: false,
      measured: '0.90 (pingpong, 2 ranks, 1 KiB)',
    })
  })

  it('says who is missing, and nothing where the target does not apply', () => {
    expect(judge([result('zmpi', 8, 1)], [target])).to.deep.equal([
      { title: 'ping-pong', target: 'at most 0.8 of mpi4py', measured: 'nothing of mpi4py', isReached: undefined },
    ])
    const both = [result('zmpi', 8, 1), result('mpi4py', 8, 2)]
    expect(judge(both, [{ ...target, applies: ({ size }) => size > 8 }])).to.deep.equal([])
  })

  it('takes efficiency as the time on one rank through twice the time on two', () => {
    const time = (ranks: number, seconds: number): Result => ({
      work: 'mandelbrot',
      contestant: 'zmpi',
      ranks,
      size: 64,
      samples: [seconds],
    })
    expect(judge([time(1, 10), time(2, 5.1)], [])[0]).to.include({ isReached: true, measured: '0.98' })
    expect(judge([time(1, 10), time(2, 6)], [])[0]).to.include({ isReached: false, measured: '0.83' })
  })

  it('prints a line for each target: what, how much, reached or not, measured', () => {
    const verdict = { title: 'rate', target: 'at most 1 of C', measured: '1.20 (rate, 2 ranks, 8 B)', isReached: false }
    expect(renderVerdicts([verdict, { ...verdict, isReached: true, measured: '0.90' }]).split('\n')).to.deep.equal([
      'must reach  target          result   measured, the least favourable',
      'rate        at most 1 of C  MISSED   1.20 (rate, 2 ranks, 8 B)',
      'rate        at most 1 of C  reached  0.90',
    ])
  })
})
