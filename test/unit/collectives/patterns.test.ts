import { expect } from 'chai'
import { balanced, partitionOf } from '../../../src/collectives/partition.ts'
import {
  absoluteRank,
  binomialTree,
  dissemination,
  foldToPowerOfTwo,
  log2Ceiling,
  participantRank,
  powerOfTwoWithin,
  relativeRank,
} from '../../../src/collectives/patterns.ts'
import { ranks } from '../../support/oracle.ts'

const SIZES = ranks(70).map((rank) => rank + 1)

describe('patterns', () => {
  it('relative and absolute ranks are inverse', () => {
    for (const size of SIZES)
      for (const root of ranks(size))
        for (const rank of ranks(size)) expect(absoluteRank(relativeRank(rank, root, size), root, size)).to.equal(rank)
  })
  it('binomial tree: children know their parents, subtrees partition the ranks, depth is ⌈log₂ p⌉', () => {
    for (const size of SIZES) {
      const places = ranks(size).map((rank) => binomialTree(rank, size))
      expect(places[0]).to.include({ parent: undefined, span: size })
      for (const [rank, { span, children }] of places.entries()) {
        let next = rank + 1
        for (const { child, span: below } of children) {
          expect(child).to.equal(next)
          expect(places[child]).to.include({ parent: rank, span: below })
          next += below
        }
        expect(next).to.equal(rank + span)
        expect(children.length).to.be.at.most(log2Ceiling(size))
      }
      const depth = (rank: number): number => 1 + (rank === 0 ? -1 : depth(places[rank]?.parent ?? 0))
      expect(Math.max(...ranks(size).map(depth))).to.be.at.most(log2Ceiling(size))
    }
  })
  it('dissemination: every rank hears of every other in ⌈log₂ p⌉ rounds, each hop has its counterpart', () => {
    for (const size of SIZES) {
      let heard = ranks(size).map((rank) => new Set([rank]))
      const rounds = log2Ceiling(size)
      for (let round = 0; round < rounds; round++)
        heard = ranks(size).map((rank) => {
          const { source } = dissemination(rank, size)[round] ?? { source: -1 }
          expect(dissemination(source, size)[round]?.destination).to.equal(rank)
          return new Set([...(heard[rank] ?? []), ...(heard[source] ?? [])])
        })
      for (const known of heard) expect(known.size).to.equal(size)
      expect(dissemination(0, size)).to.have.length(rounds)
    }
  })
  it('fold: participants are numbered in rank order, extras and proxies point at each other', () => {
    for (const size of SIZES) {
      const folds = ranks(size).map((rank) => foldToPowerOfTwo(rank, size))
      const { powerOfTwo, remainder } = foldToPowerOfTwo(0, size)
      expect(powerOfTwo).to.equal(powerOfTwoWithin(size))
      expect(powerOfTwo + remainder).to.equal(size)
      const taking = folds.filter(({ role }) => role !== 'extra')
      expect(taking.map(({ participant }) => participant)).to.deep.equal(ranks(powerOfTwo))
      for (const [rank, { role, partner, participant }] of folds.entries()) {
        if (role === 'extra') expect(folds[partner]).to.include({ role: 'proxy', partner: rank })
        else expect(participantRank(participant, remainder)).to.equal(rank)
      }
    }
  })
  it('balanced blocks differ by one at most, longer ones first, and cover all', () => {
    for (const size of [1, 2, 3, 7, 8])
      for (const length of [0, 1, size - 1, size, size + 1, 1000]) {
        const { counts, starts } = balanced(length, size)
        expect(counts).to.have.length(size)
        expect(starts.at(-1)).to.equal(length)
        expect(Math.max(...counts) - Math.min(...counts)).to.be.at.most(1)
        expect(counts).to.deep.equal(counts.toSorted((a, b) => b - a))
      }
    expect(partitionOf([2, 0, 3])).to.deep.equal({ counts: [2, 0, 3], starts: [0, 2, 2, 5], length: 5 })
  })
})
