import { expect } from 'chai'
import { Lease } from '../../../../src/launcher/remote/lease.ts'

describe('Lease', () => {
  let said: string[] = []
  let lease: Lease

  beforeEach(() => {
    said = []
    // So long that its own timer never comes to beat during the test.
    lease = new Lease({ seconds: 4000, beat: () => said.push('beat'), lost: (seconds) => said.push(`lost ${seconds}`) })
  })
  afterEach(() => lease.stop())

  function ticks(number: number): string[] {
    said = []
    for (let tick = 0; tick < number; tick++) lease.tick()
    return said
  }

  it('beats once a second as long as the other side speaks now and then', () => {
    for (let round = 0; round < 3; round++) {
      expect(new Set(ticks(4000))).to.deep.equal(new Set(['beat']))
      lease.heard()
    }
  })

  it('tells once, and beats no more, when the other side has been silent for longer than the lease', () => {
    expect(ticks(4000)).to.not.include('lost 4000')
    expect(ticks(1)).to.deep.equal(['lost 4000'])
  })

  it('bears a connection that carries nothing, as long as the other side lives, for three leases', () => {
    for (let round = 0; round < 12; round++) {
      expect(new Set(ticks(1000))).to.deep.equal(new Set(['beat']))
      lease.sensed()
    }
    expect(ticks(1)).to.deep.equal(['lost 12000'])
  })

  it('waits as long as it takes for one who has said that it will be stopped, and counts anew afterwards', () => {
    lease.pause(true)
    lease.heard()
    expect(ticks(10_000)).to.not.include('lost 4000')
    lease.pause(false)
    expect(ticks(4001).at(-1)).to.equal('lost 4000')
  })
})
