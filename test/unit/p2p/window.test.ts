import { expect } from 'chai'
import { OVERHEAD_BYTES, Window } from '../../../src/p2p/window.ts'

describe('credit window', () => {
  it('grants eager messages until bytes or slots are used up, and then nothing', () => {
    const window = new Window(4000, 3)
    expect(window.takeEager(2000)).to.equal(true)
    expect(window.takeEager(2000)).to.equal(false)
    expect(window.takeEager(4000 - 2000 - 2 * OVERHEAD_BYTES)).to.equal(true)
    expect(window.takeEager(0)).to.equal(false)
    expect(window.takeAnnouncement()).to.equal(true)
    expect(window.takeAnnouncement()).to.equal(false)
    window.refill(OVERHEAD_BYTES, 1)
    expect(window.takeEager(0)).to.equal(true)
  })

  it('asks for a return once half of the window is owed, in bytes or in slots', () => {
    const bytes = new Window(4000, 100)
    expect(bytes.oweEager(2000 - 2 * OVERHEAD_BYTES)).to.equal(false)
    expect(bytes.oweEager(0)).to.equal(true)
    const slots = new Window(1_000_000, 4)
    expect(slots.oweAnnouncement()).to.equal(false)
    expect(slots.oweEager(1)).to.equal(true)
  })

  it('never stalls a pair in which everything was received: half-window messages keep flowing', () => {
    const sender = new Window(4000, 4)
    const receiver = new Window(4000, 4)
    for (let i = 0; i < 100; i++) {
      expect(sender.takeEager((i * 37) % (2000 - OVERHEAD_BYTES)), `message ${i}`).to.equal(true)
      if (receiver.oweEager((i * 37) % (2000 - OVERHEAD_BYTES))) {
        sender.refill(receiver.owedBytes, receiver.owedSlots)
        receiver.owedBytes = 0
        receiver.owedSlots = 0
      }
    }
  })
})
