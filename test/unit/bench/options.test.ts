import { expect } from 'chai'
import { parseOptions, select } from '../../../bench/options.ts'

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
