import { expect } from 'chai'
import { PATIENCE, SendClock } from '../../../src/p2p/send-clock.ts'
import { SilentTransport } from '../../support/silent-transport.ts'

/** The turns of a clock that goes on for so many. */
async function turnsOf(clock: { current: SendClock }, count: number, polled: () => void): Promise<number[]> {
  const turns: number[] = []
  const transport = new SilentTransport()
  transport.poll = polled
  await new Promise<void>((resolve) => {
    clock.current = new SendClock(transport, (due) => {
      turns.push(due)
      if (turns.length === count) resolve()
      return turns.length < count
    })
    clock.current.start()
    clock.current.start()
  })
  return turns
}

describe('the clock of sends', () => {
  it('runs while it is told to, and takes what has arrived before each turn ends', async () => {
    const clock = { current: new SendClock(new SilentTransport(), () => false) }
    const seen: number[] = []
    expect(await turnsOf(clock, 3, () => seen.push(clock.current.turn))).to.deep.equal([0, 1, 2])
    expect(seen).to.deep.equal([0, 1, 2])
    expect(clock.current.turn).to.equal(3)
  })

  it('has nothing left to do when it stands, or has done all that it could since', async () => {
    const idle = new SendClock(new SilentTransport(), () => false)
    expect(idle.isSettled(0)).to.equal(true)
    idle.start()
    expect(idle.isSettled(0)).to.equal(false)
    idle.stop()
    expect(idle.isSettled(0)).to.equal(true)
    const clock = { current: idle }
    await turnsOf(clock, PATIENCE + 3, () => {})
    clock.current.start()
    expect(clock.current.isSettled(0)).to.equal(true)
    expect(clock.current.isSettled(1)).to.equal(false)
    clock.current.stop()
  })
})
