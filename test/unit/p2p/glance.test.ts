import { expect } from 'chai'
import { Glance } from '../../../src/p2p/glance.ts'
import { Statuses } from '../../../src/p2p/statuses.ts'
import { PostedReceive } from '../../../src/p2p/posted-receive.ts'

const receive = (): PostedReceive =>
  new PostedReceive(0, 1, 0, 'value', undefined, 0, { name: 'world', processes: [0, 1], rankOf: (p) => p }, 'receive')

/** How many of so many receives look. */
function looking(glance: Glance, receives: number): number {
  return Array.from({ length: receives }, () => glance.isWorthIt).filter(Boolean).length
}

describe('glance', () => {
  it('ends with what its receive ends with, and with nothing otherwise', async () => {
    const glance = new Glance(new Statuses())
    const first = receive()
    glance.begin(first)
    first.resolve(7)
    expect(glance.hasEnded).to.equal(true)
    expect(await glance.end()).to.equal(7)
    const second = receive()
    glance.begin(second)
    expect(glance.hasEnded).to.equal(false)
    expect(glance.end()).to.equal(undefined)
    glance.begin(second)
    second.reject(new Error('no'))
    expect(await glance.end()?.catch((error: Error) => error.message)).to.equal('no')
  })

  it('is worth while once a receive was waited for, but for one in 64', () => {
    const glance = new Glance(new Statuses())
    expect(looking(glance, 10)).to.equal(0)
    glance.posted()
    glance.over()
    expect(looking(glance, 640)).to.equal(630)
  })

  it('is not once something else began before the message came', () => {
    const glance = new Glance(new Statuses())
    glance.posted()
    glance.over()
    glance.posted()
    glance.interrupted()
    glance.over()
    expect(looking(glance, 200)).to.equal(0)
    glance.interrupted()
    glance.posted()
    glance.over()
    expect(looking(glance, 64)).to.equal(63)
  })
})
