import { expect } from 'chai'
import { narrow, parseOptions, select } from '../../../bench/options.ts'

const works = [{ name: 'pingpong' }, { name: 'pingpong-record' }, { name: 'barrier' }]
const contestants = [{ name: 'zmpi' }, { name: 'zmpi zmq' }, { name: 'C' }]

function selected(...only: string[]): [string[], string[]] {
  const chosen = select(only, works, contestants)
  return [chosen.works.map(({ name }) => name), chosen.contestants.map(({ name }) => name)]
}

describe('bench options', () => {
  it('measures everything in full unless told otherwise', () => {
    expect(parseOptions([])).to.deep.include({ mode: 'full', only: [], repeats: undefined, statistic: 'median' })
    expect(parseOptions(['--short', '--only', 'zmpi,C', '--only', 'barrier', '--repeats', '2'])).to.deep.include({
      mode: 'short',
      only: ['zmpi', 'C', 'barrier'],
      repeats: 2,
    })
  })

  it('refuses unknown options and impossible repeats', () => {
    expect(() => parseOptions(['--shrot'])).to.throw(TypeError, '--shrot')
    for (const repeats of ['0', '1.5', 'x'])
      expect(() => parseOptions(['--repeats', repeats])).to.throw(RangeError, repeats)
  })

  it('narrows the works to sizes and ranks, and leaves out those of which nothing is left', () => {
    const options = parseOptions(['--sizes', '8,64KiB', '--ranks', '4', '--against', '../before'])
    expect(options).to.deep.include({ sizes: [8, 65536], ranks: [4], against: ['../before'] })
    const planned = [
      { name: 'broadcast', ranks: [2, 4], points: [{ size: 8 }, { size: 1024 }] },
      { name: 'pingpong', ranks: [2], points: [{ size: 8 }] },
    ]
    expect(narrow(planned, options)).to.deep.equal([{ name: 'broadcast', ranks: [4], points: [{ size: 8 }] }])
    expect(narrow(planned, parseOptions([]))).to.deep.equal(planned)
    expect(() => narrow(planned, parseOptions(['--sizes', '3']))).to.throw(RangeError, '--sizes')
    for (const words of [
      ['--sizes', '1kb'],
      ['--ranks', '0'],
    ])
      expect(() => parseOptions(words)).to.throw(RangeError, words.join(' '))
  })

  it('selects works by the beginning of their name and contestants by the whole', () => {
    expect(selected('pingpong')).to.deep.equal([
      ['pingpong', 'pingpong-record'],
      ['zmpi', 'zmpi zmq', 'C'],
    ])
    expect(selected('zmpi')).to.deep.equal([['pingpong', 'pingpong-record', 'barrier'], ['zmpi']])
    expect(selected('bar', 'C')).to.deep.equal([['barrier'], ['C']])
  })

  it('refuses a name that is neither, and says which there are', () => {
    expect(() => selected('zmpj')).to.throw(RangeError, /zmpj.*pingpong, .*zmpi zmq, C/)
  })
})
