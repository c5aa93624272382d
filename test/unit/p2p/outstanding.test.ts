import { expect } from 'chai'
import { Glance } from '../../../src/p2p/glance.ts'
import { Outstanding } from '../../../src/p2p/outstanding.ts'
import { Statuses } from '../../../src/p2p/statuses.ts'
import { SilentTransport } from '../../support/silent-transport.ts'

/** Notes when it is told to listen. */
class Listener extends SilentTransport {
  readonly told: boolean[] = []

  override listen(active?: boolean): void {
    this.told.push(active === true)
  }
}

describe('outstanding operations', () => {
  it('keep the transport listening from the first that begins to the last that ends', () => {
    const transport = new Listener()
    const outstanding = new Outstanding(transport, new Glance(new Statuses()))
    outstanding.begin()
    outstanding.begin()
    outstanding.end()
    expect(transport.told).to.deep.equal([true])
    expect(outstanding.isAny).to.equal(true)
    outstanding.end()
    expect(transport.told).to.deep.equal([true, false])
    expect(outstanding.isAny).to.equal(false)
    outstanding.begin()
    expect(transport.told).to.deep.equal([true, false, true])
  })

  it('are none when the only one has looked in vain, and nobody was to listen', () => {
    const transport = new Listener()
    const outstanding = new Outstanding(transport, new Glance(new Statuses()))
    const { progress } = outstanding
    outstanding.beginLooking()
    expect(outstanding.isAny).to.equal(true)
    outstanding.lookedInVain()
    expect(outstanding.isAny).to.equal(false)
    expect(outstanding.progress).to.equal(progress)
    expect(transport.told).to.deep.equal([])
  })
})
