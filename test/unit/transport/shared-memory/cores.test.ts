import { expect } from 'chai'
import { Cores, coreWithFewer } from '../../../../src/transport/shared-memory/cores.ts'

/** Longer than it takes to get back a core that nobody else wanted, in ms. */
const LONG = 0.1

/** Ranks of a host: on which core each said that it runs. The last number is this rank's. */
class Host {
  readonly said: (number | undefined)[]
  readonly moves: number[] = []
  core: number
  /** Whether somebody else has the core whenever this rank gives it away. */
  isShared = true
  yields = 0
  #clock = 0
  readonly cores: Cores

  constructor(core: number, others: (number | undefined)[], crowded = false) {
    const own = others.length
    this.core = core
    this.said = [...others, undefined]
    this.cores = new Cores(
      {
        native: {
          yield: () => {
            this.yields++
            this.#clock += this.isShared ? LONG : 0.001
          },
          core: () => this.core,
          cores: () => [0, 1],
          moveTo: (better) => {
            this.moves.push(better)
            this.core = better
          },
        },
        lobby: {
          core: (index) => this.said[index],
          setCore: (mine) => {
            this.said[own] = mine
          },
        },
        layout: { ranks: own + 1 },
        own,
      },
      crowded,
      () => this.#clock,
    )
  }

  yield(times: number): void {
    for (let i = 0; i < times; i++) this.cores.yield()
  }
}

describe('cores', () => {
  it('leaves the core that it shares with another rank while one is free, and says where it is then', () => {
    const host = new Host(0, [0])
    host.yield(2)
    expect(host.moves).to.deep.equal([1])
    expect(host.said).to.deep.equal([0, 1])
  })

  it('stays where only somebody else is, but says where that is', () => {
    const host = new Host(1, [0])
    host.yield(100)
    expect(host.yields).to.equal(100)
    expect(host.moves).to.deep.equal([])
    expect(host.said).to.deep.equal([0, 1])
  })

  it('does not mind a passer-by', () => {
    const host = new Host(0, [0])
    for (let i = 0; i < 20; i++) {
      host.isShared = true
      host.yield(1)
      host.isShared = false
      host.yield(1)
    }
    expect(host.moves).to.deep.equal([])
  })

  it('gives its core away, and no more, where ranks outnumber cores', () => {
    const host = new Host(0, [0, 1, 0], true)
    host.yield(10)
    expect(host.yields).to.equal(10)
    expect(host.moves).to.deep.equal([])
  })
})

describe('the core with fewer ranks', () => {
  const allowed = (): number[] => [0, 1, 2, 3]

  it('is the nearest of those that serve none', () => {
    expect(coreWithFewer([2, 2], 1, allowed)).to.equal(1)
    expect(coreWithFewer([2, 2, 1], 1, allowed)).to.equal(3)
    expect(coreWithFewer([0, 0, 1, 2], 1, allowed)).to.equal(3)
  })

  it('is none for a rank that has its core for itself, or where all serve as many', () => {
    expect(coreWithFewer([0, 1], 1, allowed)).to.equal(undefined)
    expect(coreWithFewer([0, 0, 1, 2, 3], 1, allowed)).to.equal(undefined)
    expect(coreWithFewer([undefined, 0], 1, allowed)).to.equal(undefined)
    expect(coreWithFewer([0, undefined], 1, allowed)).to.equal(undefined)
  })

  it('is for the last of the ranks that share a core: the others stay', () => {
    expect([0, 1, 2].map((rank) => coreWithFewer([1, 1, 1], rank, allowed))).to.deep.equal([undefined, undefined, 0])
  })

  it('is one where it may run', () => {
    expect(coreWithFewer([0, 0], 1, () => [0])).to.equal(undefined)
    expect(coreWithFewer([0, 0], 1, () => [0, 7])).to.equal(7)
    expect(coreWithFewer([0, 0], 1, () => [])).to.equal(undefined)
  })
})
