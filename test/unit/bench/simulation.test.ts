import { expect } from 'chai'
import { ALGORITHMS } from '../../../bench/simulation/algorithms.ts'
import { SimulatedNetwork } from '../../../bench/simulation/network.ts'
import { estimate, simulate } from '../../../bench/simulation/simulate.ts'
import { algorithmsOf } from '../../../src/collectives/select.ts'

const MODELS = {
  'bound by latency': { latency: 50e-6, overhead: 1e-6, bandwidth: 10e9, reduce: 0 },
  'bound by bandwidth': { latency: 1e-9, overhead: 1e-9, bandwidth: 1e6, reduce: 1e-6 },
  'bound by the processor': { latency: 1e-9, overhead: 1e-3, bandwidth: 1e9, reduce: 0 },
}

/** Only for what cannot be cut; by host, of which the simulator knows nothing. */
const UNMODELLED = ['reduceScatter by binomial', 'barrier by leaders']

describe('cost simulator', () => {
  it('charges a message its overheads, latency and bytes', async () => {
    const network = new SimulatedNetwork(2, { latency: 100, overhead: 10, bandwidth: 0.5, reduce: 3 }, 2)
    const cost = await network.run(async (channel, kernel) => {
      if (channel.rank === 0) return channel.send(new Uint8Array(4), 1)
      const array = new Uint8Array(4)
      await channel.receiveInto(array, 0)
      kernel(array, array, array)
    })
    expect(cost).to.deep.equal({ steps: 1, bytes: 8, seconds: 10 + 100 + 16 + 10 + 24 })
  })
  it('lets a port carry one message at a time, and a processor handle one', async () => {
    const network = new SimulatedNetwork(3, { latency: 0, overhead: 1, bandwidth: 1, reduce: 0 }, 1)
    const cost = await network.run((channel) =>
      channel.rank === 0 ? Promise.all([channel.receive(1), channel.receive(2)]) : channel.send(new Uint8Array(100), 0),
    )
    expect(cost.seconds).to.equal(1 + 100 + 100 + 1)
  })
  it('knows every algorithm that can be chosen', () => {
    for (const collective of new Set(ALGORITHMS.map((algorithm) => algorithm.collective)))
      expect(ALGORITHMS.filter((a) => a.collective === collective).map((a) => a.name)).to.have.members(
        algorithmsOf(collective).filter(
          (name) => name !== 'shared' && !UNMODELLED.includes(`${collective} by ${name}`),
        ),
      )
  })
  for (const algorithm of ALGORITHMS)
    it(`formula of ${algorithm.collective} by ${algorithm.name} is what the algorithm costs when run`, async () => {
      for (const [name, model] of Object.entries(MODELS))
        for (const size of [2, 4, 8, 16, 32, 64])
          for (const bytes of [64, 2 ** 20]) {
            const run = await simulate(algorithm, model, size, bytes)
            const formula = algorithm.formula(model, size, bytes)
            const where = `${size} ranks, ${bytes} bytes, ${name}`
            expect(run.steps, where).to.equal(formula.steps)
            expect(run.bytes, where).to.be.closeTo(formula.bytes, formula.bytes * 1e-9)
            expect(run.seconds, where).to.be.closeTo(formula.seconds, formula.seconds * (algorithm.error ?? 1e-9))
          }
    })
  it('leaves out what cannot be: blocks of less than a byte, no formula beyond powers of two', async () => {
    const [ring] = ALGORITHMS.filter(({ collective, name }) => collective === 'allreduce' && name === 'ring')
    if (ring === undefined) throw new Error('no ring')
    expect(await estimate(ring, MODELS['bound by latency'], 64, 8, 1e5)).to.equal(undefined)
    expect(await estimate(ring, MODELS['bound by latency'], 65_536, 2 ** 23, 1e5)).to.include({ isSimulated: false })
    expect(await estimate(ring, MODELS['bound by latency'], 65_535, 2 ** 23, 1e5)).to.equal(undefined)
  })
})
