import { expect } from 'chai'
import { findCycle, missingFrom, waitEdges } from '../../../../src/launcher/diagnosis/wait-graph.ts'
import { barrier, receiveFrom, sendTo, state, states } from './states.ts'

const edges = (...lists: number[][]): Map<number, number[]> => new Map(lists.map((list, rank) => [rank, list]))

describe('findCycle', () => {
  it('finds none where there is none', () => {
    expect(findCycle(edges([1], [2], []))).to.equal(undefined)
    expect(findCycle(edges())).to.equal(undefined)
  })

  it('finds a rank that waits for itself', () => {
    expect(findCycle(edges([], [1]))).to.deep.equal([1])
  })

  it('begins with the lowest rank, and leaves out who only waits for the cycle', () => {
    expect(findCycle(edges([3], [3], [1], [2]))).to.deep.equal([1, 3, 2])
  })

  it('goes back from dead ends', () => {
    expect(findCycle(edges([1, 2], [3], [0], []))).to.deep.equal([0, 2])
  })

  it('passes ranks that have ended', () => {
    expect(findCycle(edges([7], [0]))).to.equal(undefined)
  })

  it('copes with a cycle of 20,000 ranks', () => {
    const size = 20_000
    const ring = edges(...Array.from({ length: size }, (_, rank) => [(rank + 1) % size]))
    expect(findCycle(ring)).to.have.length(size)
  })
})

describe('waitEdges', () => {
  it('leads from who receives to the sender and from who sends to the receiver', () => {
    const found = waitEdges(states([receiveFrom(2)], [sendTo(0)], [receiveFrom(0), sendTo(1)]))
    expect([...found]).to.deep.equal([
      [0, [2]],
      [1, [0]],
      [2, [0, 1]],
    ])
  })

  it('leads from who waits for anybody to all others', () => {
    expect(waitEdges(states([receiveFrom()], [receiveFrom(0)], [receiveFrom(0)])).get(0)).to.deep.equal([1, 2])
  })

  it('leads from a collective to those who have not called it', () => {
    const called = (call: number, ...operations: Parameters<typeof state>[0]) =>
      state(operations, { collectives: [[1, call]] })
    const all = states(called(3, barrier(3, [1])), called(3, barrier(3, [2])), called(2, receiveFrom(0)))
    expect(waitEdges(all).get(0)).to.deep.equal([2])
    expect(waitEdges(all).get(2)).to.deep.equal([0])
  })
})

describe('missingFrom', () => {
  it('counts members only, and who has never called any collective', () => {
    const waiting = barrier(0, [1], [0, 1, 3])
    const called = state([waiting], { collectives: [[1, 0]] })
    expect(missingFrom(waiting, states(called, [], [], []))).to.deep.equal([1, 3])
  })
})
