import { expect } from 'chai'
import { algorithmsOf, parseAlgorithms, select } from '../../../src/collectives/select.ts'

describe('choice of algorithms', () => {
  it('depends on size, bytes and commutativity', () => {
    expect(select('allreduce', { size: 2, bytes: 8, commutative: true })).to.equal('recursiveDoubling')
    expect(select('allreduce', { size: 8, bytes: 8 })).to.equal('linear')
    expect(select('allreduce', { size: 9, bytes: 8 })).to.equal('recursiveDoubling')
    expect(select('allreduce', { size: 8, bytes: 4096, commutative: true })).to.equal('recursiveDoubling')
    expect(select('allreduce', { size: 8 })).to.equal('recursiveDoubling')
    expect(select('allreduce', { size: 8, bytes: 2 ** 23, commutative: true })).to.equal('rabenseifner')
    expect(select('allreduce', { size: 7, bytes: 2 ** 23, commutative: true })).to.equal('ring')
    expect(select('allreduce', { size: 8, bytes: 2 ** 23 })).to.equal('recursiveDoubling')
    expect(select('broadcast', { size: 8 })).to.equal('binomial')
    expect(select('gather', { size: 1000 })).to.equal('binomial')
  })
  it('depends on hosts, where they are known and several ranks are on one', () => {
    expect(select('barrier', { size: 6, hosts: 3 })).to.equal('leaders')
    expect(select('barrier', { size: 3, hosts: 3 })).to.equal('dissemination')
    expect(select('barrier', { size: 2 })).to.equal('dissemination')
    expect(select('barrier', { size: 6 })).to.equal('linear')
    expect(select('barrier', { size: 9 })).to.equal('dissemination')
    expect(select('barrier', { size: 9 }, { barrier: 'leaders' })).to.equal('dissemination')
    expect(select('barrier', { size: 6, hosts: 3 }, { barrier: 'dissemination' })).to.equal('dissemination')
  })
  it('takes the forced algorithm where it is correct, else its own choice', () => {
    const forced = { allreduce: 'ring', allgather: 'recursiveDoubling', broadcast: 'chain' } as const
    expect(select('allreduce', { size: 2, bytes: 8, commutative: true }, forced)).to.equal('ring')
    expect(select('allreduce', { size: 2, bytes: 8, commutative: false }, forced)).to.equal('recursiveDoubling')
    expect(select('allgather', { size: 16 }, forced)).to.equal('recursiveDoubling')
    expect(select('allgather', { size: 17 }, forced)).to.equal('bruck')
    expect(select('broadcast', { size: 4 }, forced)).to.equal('binomial')
    expect(select('reduce', { size: 4 }, forced)).to.equal('binomial')
  })
  it('finds an algorithm for every collective, whatever the facts', () => {
    for (const collective of [
      'barrier',
      'broadcast',
      'scatter',
      'gather',
      'allgather',
      'alltoall',
      'reduce',
      'allreduce',
      'reduceScatter',
      'scan',
    ] as const)
      // prettier-ignore
      for (const size of [1, 2, 3, 8, 9, 64, 1000])
        for (const commutative of [true, false])
          for (const bytes of [0, 1, 2 ** 20, 2 ** 33])
            for (const facts of [{ size, commutative }, { size, commutative, bytes }])
              expect(algorithmsOf(collective)).to.include(select(collective, facts))
  })
  it('parses the form of ZMPI_ALGORITHM in any spelling', () => {
    expect(parseAlgorithms('allreduce=ring,broadcast=binomial')).to.deep.equal({ allreduce: 'ring', broadcast: 'binomial' }) // prettier-ignore
    expect(parseAlgorithms(' Broadcast = scatter-allgather , reduce_scatter=recursive_halving,')).to.deep.equal({
      broadcast: 'scatterAllgather',
      reduceScatter: 'recursiveHalving',
    })
    expect(parseAlgorithms('')).to.deep.equal({})
  })
  it('names what is legal when it does not know a name', () => {
    expect(() => parseAlgorithms('alreduce=ring')).to.throw(RangeError, 'ZMPI_ALGORITHM: no collective is called "alreduce"; there is barrier, broadcast,') // prettier-ignore
    expect(() => parseAlgorithms('allreduce=rings')).to.throw(RangeError, 'no algorithm for allreduce is called "rings"; there is shared, linear, ring, rabenseifner, recursiveDoubling') // prettier-ignore
    for (const text of ['allreduce', 'allreduce=', 'allreduce=ring=2'])
      expect(() => parseAlgorithms(text)).to.throw(RangeError, 'is not of the form collective=algorithm')
    expect(() => parseAlgorithms('toString=ring')).to.throw(RangeError)
  })
})
