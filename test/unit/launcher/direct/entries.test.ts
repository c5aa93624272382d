import { expect } from 'chai'
import { entriesOf } from '../../../../src/launcher/direct/entries.ts'
import { seatsOn } from './seats.ts'

const FACTS = { job: 77, transport: 'auto', logLevel: 'warn', isInsecure: false, sharing: new Set<string>() } as const

describe('what each rank hears when all have come', () => {
  it('is its place among the others and on its host', () => {
    const entries = entriesOf(seatsOn(['a', 'b', 'a']), { ...FACTS, sharing: new Set(['a']) })
    const places = entries.map(({ environment: { rank, size, localRank, localSize, segment } }) => {
      return [rank, size, localRank, localSize, segment]
    })
    expect(places).to.deep.equal([
      [0, 3, 0, 2, 'open'],
      [1, 3, 0, 1, ''],
      [2, 3, 1, 2, 'open'],
    ])
    expect(entries.map(({ network }) => network?.hosts)).to.deep.equal([0, 1, 2].map(() => [0, 1, 0]))
  })

  it('are an address of its own on the network, and the same keys for all', () => {
    const [first, second] = entriesOf(seatsOn(['a', 'b']), FACTS)
    expect(first?.network?.bind).to.include('10.0.0.1')
    expect(second?.network?.bind).to.include('10.0.0.2')
    expect(first?.network?.keys).to.not.equal('none')
    expect(first?.network?.keys).to.deep.equal(second?.network?.keys)
  })

  it('are no keys when the user wants none', () => {
    const [first] = entriesOf(seatsOn(['a', 'b']), { ...FACTS, isInsecure: true })
    expect(first?.network?.keys).to.equal('none')
  })
})
