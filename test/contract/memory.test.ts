import { expect } from 'chai'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { Station, transportContract } from './transport.ts'
import type { MemorySettings } from '../../src/transport/memory.ts'

function network(settings?: MemorySettings): (stations: readonly Station[]) => MemoryNetwork {
  return (stations) => {
    const made = new MemoryNetwork(settings)
    for (const station of stations) station.transport = made.join(station.rank, station)
    return made
  }
}

function stationsOf(size: number): Station[] {
  return Array.from({ length: size }, (_, rank) => new Station(rank))
}

/** Who was heard in which order by rank 0 when 32 others send 20 packets each. */
async function order(seed: number): Promise<number[]> {
  const stations = stationsOf(33)
  const [zero, ...others] = stations
  if (zero === undefined) return []
  network({ seed })(stations)
  for (let i = 0; i < 20; i++) for (const other of others) other.send(0, 8)
  await zero.until(() => zero.arrivals.length === 640)
  for (const other of others) zero.expectFrom(other.rank, Array<number>(20).fill(8))
  return zero.arrivals.map(({ source }) => source)
}

transportContract('the in-process transport', async (receivers) => {
  const made = new MemoryNetwork({ seed: 4711 })
  return receivers.map((receiver, rank) => made.join(rank, receiver))
})

transportContract('the in-process transport with large packets and no delay', async (receivers) => {
  const made = new MemoryNetwork({ seed: 3, delay: 0, eagerLimit: 1 << 20, fragmentBytes: 4 << 20 })
  return receivers.map((receiver, rank) => made.join(rank, receiver))
})

describe('MemoryNetwork', () => {
  it('interleaves pairs by its seed, the same each time', async () => {
    const first = await order(1)
    expect(await order(1)).to.deep.equal(first)
    expect(await order(2)).not.to.deep.equal(first)
  })

  it('delivers a beginning of what was under way when a link is cut, then the loss, to both', async () => {
    const stations = stationsOf(3)
    const [zero, one, two] = stations
    if (zero === undefined || one === undefined || two === undefined) return
    const made = network({ seed: 9 })(stations)
    for (let i = 0; i < 10; i++) zero.send(1, 8)
    for (let i = 0; i < 10; i++) two.send(1, 8)
    made.cut(0, 1)
    zero.send(1, 8)
    await Promise.all([
      one.until(() => one.losses.length === 1 && one.from(2).length === 10),
      zero.until(() => zero.losses.length === 1),
    ])
    const arrived = one.from(0).length
    expect(arrived).to.be.lessThan(11)
    one.expectFrom(0, Array<number>(arrived).fill(8))
    expect(one.losses).to.deep.equal([{ peer: 0, reason: 'connection broken', after: arrived }])
    expect(zero.losses).to.deep.equal([{ peer: 1, reason: 'connection broken', after: 0 }])
  })

  it('reads exposed memory of a peer only where that is allowed', () => {
    for (const [direct, exposes, reads] of [
      ['no', false, false],
      ['refused', true, false],
      ['yes', true, true],
    ] as const) {
      const stations = stationsOf(2)
      network({ direct })(stations)
      const target = new Uint8Array(3)
      const address = stations[1]?.transport.expose(0, Uint8Array.of(1, 2, 3))
      expect(address !== undefined).to.equal(exposes)
      expect(stations[0]?.transport.pull(1, address ?? 0, target)).to.equal(reads)
      expect([...target]).to.deep.equal(reads ? [1, 2, 3] : [0, 0, 0])
    }
  })
})
