import { expect } from 'chai'
import { PulsePorts } from '../../../../src/launcher/direct/pulse-ports.ts'
import { Pulse } from '../../../../src/launcher/remote/pulse.ts'

describe('the ports for signs of life', () => {
  for (const [what, endpoint] of [
    ['one address', 'tcp://127.0.0.1:4000'],
    ['all addresses', 'tcp://0.0.0.0:4000'],
  ] as const)
    it(`are heard at ${what}, by who has come there`, async () => {
      const names: string[] = []
      const ports = new PulsePorts((name) => names.push(name) > 0)
      await ports.open(endpoint)
      const { port, secret } = ports.portFor('tcp://127.0.0.1:4000')
      expect(port).to.be.greaterThan(0)
      let answered: () => void = () => {}
      const answer = new Promise<void>((resolve) => (answered = resolve))
      const pulse = new Pulse('127.0.0.1', port, 'proxy', secret, answered)
      // None goes out before the socket is ready, which nobody waits for.
      const beats = setInterval(() => pulse.beat(), 5)
      await answer
      clearInterval(beats)
      expect(new Set(names)).to.deep.equal(new Set(['proxy']))
      pulse.close()
      ports.close()
    })

  it('are none for who has come from the same host, or to an address where nobody listens', async () => {
    const ports = new PulsePorts(() => true)
    await ports.open('ipc://@zmpi-x')
    await ports.open('tcp://127.0.0.1:4000')
    for (const endpoint of ['ipc://@zmpi-x', 'tcp://10.0.0.1:4000']) expect(ports.portFor(endpoint).port).to.equal(0)
    ports.close()
  })
})
