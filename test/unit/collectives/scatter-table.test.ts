import { expect } from 'chai'
import { bytesOf, entryOf, padded, placeOf, rankOf, typeOf } from '../../../src/collectives/scatter-table.ts'

describe('table of a scatter', () => {
  it('says lengths and types of blocks, of any length', () => {
    for (const bytes of [0, 1, 7, 8, 65_537, 2 ** 40])
      for (const type of [0, 1, 18]) {
        const entry = entryOf(bytes, type)
        expect([bytesOf(entry), typeOf(entry)]).to.deep.equal([bytes, type])
      }
    expect([0, 1, 8, 9].map(padded)).to.deep.equal([0, 8, 8, 16])
  })

  it('refuses what no rank can have written', () => {
    for (const entry of [-1, 0.5, Number.NaN, Infinity, 2 ** 60])
      expect(() => bytesOf(entry))
        .to.throw(/an entry of .* for a block/)
        .and.have.property('code', 'ERR_PROTOCOL')
  })

  it('has a place for each rank but the root', () => {
    for (let root = 0; root < 4; root++) {
      const others = [0, 1, 2, 3].filter((rank) => rank !== root)
      expect(others.map((rank) => placeOf(rank, root))).to.deep.equal([0, 1, 2])
      expect([0, 1, 2].map((place) => rankOf(place, root))).to.deep.equal(others)
    }
  })
})
