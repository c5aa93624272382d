import { expect } from 'chai'
import { Fifo } from '../../../src/p2p/fifo.ts'
import { Random } from '../../support/random.ts'

describe('fifo', () => {
  it('agrees with an array in a random program', () => {
    const random = new Random(1)
    const fifo = new Fifo<number>()
    let list: number[] = []
    for (let step = 0; step < 20_000; step++) {
      const choice = random.below(step % 4000 < 2000 ? 20 : 8)
      if (choice > 6) {
        fifo.push(step)
        list.push(step)
      } else if (choice > 0) {
        fifo.shift()
        list.shift()
      } else if (random.below(50) === 0) {
        expect(fifo.clear()).to.deep.equal(list)
        list = []
      } else {
        const entry = list[random.below(list.length + 1)] ?? -1
        expect(fifo.remove(entry)).to.equal(entry !== -1)
        list = list.filter((other) => other !== entry)
      }
      expect([fifo.first, fifo.length]).to.deep.equal([list[0], list.length])
      if (step % 100 === 0) expect([...fifo]).to.deep.equal(list)
    }
  })
})
