/**
 * What nothing may exceed however much is sent, made or started: the short forms of `npm run bounds`. A budget of 16 MiB
 * instead of 128 makes a flood of 64 MiB more than enough.
 */
import { expect } from 'chai'
import { flood, jobs, repeated, retained, type Flood, type Line } from '../../bench/bounds/cases.ts'

function expectWithin(lines: readonly Line[]): void {
  expect(lines).not.to.have.length(0)
  for (const { what, figure, bound } of lines)
    expect(figure, what)
      .to.be.a('number')
      .and.at.most(bound ?? Infinity)
}

describe('bounds', function () {
  this.timeout(300_000)

  for (const transport of ['auto', 'zmq'] as const) {
    const floods: readonly Omit<Flood, 'transport' | 'budget'>[] = [
      { messages: 48_000, bytes: 1024, senders: 1 },
      { messages: 1500, bytes: 65_536, senders: 1, isDeaf: true },
      { messages: 6, bytes: 16 << 20, senders: 1 },
      { messages: 1000, bytes: 65_536, senders: 3 },
    ]
    for (const { messages, bytes, senders, isDeaf } of floods)
      it(`D1 hold when ${senders} × ${messages} × ${bytes} B come to a rank that does not receive, over ${transport}`, async () => {
        const budget = 16 << 20
        expectWithin(await flood({ messages, bytes, senders, transport, budget, isDeaf: isDeaf === true }))
      })

    it(`hold for what a message costs that is kept, over ${transport}`, async () => {
      expectWithin(await retained(1 << 20, transport))
    })
  }

  it('D10 hold for memory and descriptors after many operations', async () => {
    expectWithin(await repeated('operations', 40_000, 2, 'auto'))
  })

  it('D10 hold for memory and descriptors after many communicators', async () => {
    expectWithin(await repeated('communicators', 600, 3, 'auto'))
  })

  it('D10 hold for memory, descriptors and files after many jobs', async () => {
    expectWithin(await jobs(10))
  })
})
