/** The suite that every transport passes: what src/transport/transport.ts promises, seen from outside. */
import { expect } from 'chai'
import { randomFillSync } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { Header, Kind } from '../../src/wire/header.ts'
import type { Body } from '../../src/wire/body.ts'
import type { PacketLimits, Receiver, Transport } from '../../src/transport/transport.ts'

export const JOB = 77

/** Opens one transport a receiver, in the order of ranks, all able to reach each other. */
export type Open = (receivers: readonly Receiver[]) => Promise<Transport[]>

const PATTERN = randomFillSync(new Uint8Array(32 << 20))

/** A packet as it arrived. `id` counts the packets of its sender. */
interface Arrival {
  source: number
  id: number
  bytes: number
  intact: boolean
}

/** One rank of a test: sends numbered packets with known contents, notes and checks what arrives. */
export class Station implements Receiver {
  readonly rank: number
  readonly arrivals: Arrival[] = []
  readonly losses: { peer: number; reason: string; after: number }[] = []
  readonly #sent = new Map<number, number>()
  readonly #header = new Header()
  #transport: Transport | undefined
  #changed: (() => void) | undefined
  /** Called at each arrival, within the delivery. */
  reaction: ((header: Header) => void) | undefined

  constructor(rank: number) {
    this.rank = rank
  }

  get transport(): Transport {
    if (this.#transport === undefined) throw new Error('not open yet')
    return this.#transport
  }

  set transport(transport: Transport) {
    this.#transport = transport
  }

  packet(header: Header, body: Body): void {
    const { source, id, bytes } = header
    const received = body.bytes.subarray(body.offset, body.offset + bytes)
    const aligned = !body.owned || (body.bytes.byteOffset + body.offset) % 8 === 0
    this.arrivals.push({ source, id, bytes, intact: aligned && Buffer.compare(received, contents(id, bytes)) === 0 })
    this.reaction?.(header)
    this.#changed?.()
  }

  lost(peer: number, reason: string): void {
    this.losses.push({ peer, reason, after: this.from(peer).length })
    this.#changed?.()
  }

  /** Sends the next packet. A body that need not outlive the call is spoilt after it. */
  send(peer: number, bytes: number): void {
    const id = this.#sent.get(peer) ?? 0
    this.#sent.set(peer, id + 1)
    Object.assign(this.#header, { kind: Kind.data, job: JOB, source: this.rank, id, bytes })
    if (bytes === 0) return this.transport.send(peer, this.#header)
    if (bytes > this.transport.limits(peer).eagerBytes)
      return this.transport.send(peer, this.#header, contents(id, bytes))
    const copy = contents(id, bytes).slice()
    this.transport.send(peer, this.#header, copy)
    copy.fill(0)
    Object.assign(this.#header, { id: -1, bytes: 1 })
  }

  from(peer: number): Arrival[] {
    return this.arrivals.filter(({ source }) => source === peer)
  }

  /** Listens until the condition holds, which only arrivals and losses change. */
  async until(condition: () => boolean): Promise<void> {
    this.transport.listen(true)
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
    this.transport.listen(false)
  }

  /** Checks that exactly these sizes have come from a peer, in order and intact. */
  expectFrom(peer: number, sizes: readonly number[]): void {
    const arrivals = this.from(peer)
    const wrong = arrivals.findIndex(
      ({ id, bytes, intact }, place) => id !== place || bytes !== sizes[place] || !intact,
    )
    expect(wrong === -1 ? undefined : { place: wrong, arrival: arrivals[wrong] }).to.equal(undefined)
    expect(arrivals).to.have.length(sizes.length)
  }
}

function contents(id: number, bytes: number): Uint8Array {
  const start = (id % 1000) * 8
  return PATTERN.subarray(start, start + bytes)
}

function sizesFor({ eagerBytes, fragmentBytes }: PacketLimits): number[] {
  const edges = [0, 8, 128, 8192, 65_536, 1 << 20, eagerBytes]
  const around = edges.flatMap((edge) => [edge - 1, edge, edge + 1])
  const sizes = [7, ...around, fragmentBytes - 1, fragmentBytes, 64, 0, fragmentBytes, 1]
  return sizes.filter((size) => size >= 0 && size <= fragmentBytes)
}

export function transportContract(name: string, open: Open): void {
  describe(`${name} keeps the transport contract`, () => {
    let stations: Station[] = []

    async function start(size: number): Promise<[Station, Station, ...Station[]]> {
      const [zero, one, ...others] = Array.from({ length: size }, (_, rank) => new Station(rank))
      if (zero === undefined || one === undefined) throw new Error('a network has two ranks at least')
      stations = [zero, one, ...others]
      const transports = await open(stations)
      transports.forEach((transport, rank) => {
        const station = stations[rank]
        if (station !== undefined) station.transport = transport
      })
      return [zero, one, ...others]
    }

    /** Both have sent to each other once. */
    async function acquaint(zero: Station, one: Station): Promise<void> {
      zero.send(1, 8)
      one.send(0, 8)
      await Promise.all([zero.until(() => zero.arrivals.length === 1), one.until(() => one.arrivals.length === 1)])
    }

    afterEach(async () => {
      await Promise.all(stations.map((station) => station.transport.close()))
      stations = []
    })

    it('delivers all sizes mixed exactly and in order, in both directions at once', async () => {
      const [zero, one] = await start(2)
      const sizes = sizesFor(zero.transport.limits(1))
      const backwards = sizesFor(one.transport.limits(0)).toReversed()
      for (const size of sizes) zero.send(1, size)
      for (const size of backwards) one.send(0, size)
      await Promise.all([
        one.until(() => one.arrivals.length === sizes.length),
        zero.until(() => zero.arrivals.length === backwards.length),
      ])
      one.expectFrom(0, sizes)
      zero.expectFrom(1, backwards)
    })

    it('keeps the order of a burst of 100000 small packets', async () => {
      const [zero, one] = await start(2)
      const sizes = Array.from({ length: 100_000 }, (_, i) => (i * 7) % 200)
      for (const size of sizes) zero.send(1, size)
      await one.until(() => one.arrivals.length === sizes.length)
      one.expectFrom(0, sizes)
      expect(zero.transport.queued(1)).to.equal(0)
    })

    it('keeps apart what five ranks send to each other', async () => {
      const all = await start(5)
      const sizes = [8, 3000, 0, 20_000, 1].filter((size) => size <= all[0].transport.limits(1).fragmentBytes)
      for (const size of sizes) {
        for (const station of all) for (const peer of all) if (peer !== station) station.send(peer.rank, size)
      }
      await Promise.all(all.map((station) => station.until(() => station.arrivals.length === 4 * sizes.length)))
      for (const station of all) for (const peer of all) if (peer !== station) station.expectFrom(peer.rank, sizes)
    })

    it('lets the receiver answer from within a delivery', async () => {
      const [zero, one] = await start(2)
      const rounds = 1000
      one.reaction = () => one.send(0, 16)
      zero.reaction = () => {
        if (zero.arrivals.length < rounds) zero.send(1, 16)
      }
      zero.send(1, 16)
      one.transport.listen(true)
      await zero.until(() => zero.arrivals.length === rounds)
      one.transport.listen(false)
      expect(one.arrivals).to.have.length(rounds)
    })

    it('survives a change of listening at every packet', async () => {
      const [zero, one] = await start(2)
      for (let round = 1; round <= 500; round++) {
        zero.send(1, 32)
        await one.until(() => one.arrivals.length === round)
        one.transport.listen(true)
        one.transport.listen(false)
        if (round % 50 === 0) await turn()
      }
      one.expectFrom(0, Array<number>(500).fill(32))
    })

    it('delivers nothing while it does not listen, and all of it afterwards', async () => {
      const [zero, one] = await start(2)
      await acquaint(zero, one)
      const sizes = [8, 8, 1000, 8]
      for (const size of sizes) zero.send(1, size)
      for (let i = 0; i < 20; i++) await turn()
      expect(one.arrivals).to.have.length(1)
      await one.until(() => one.arrivals.length === 5)
      one.expectFrom(0, [8, ...sizes])
    })

    it('delivers inside poll, without a turn of the event loop', async () => {
      const [zero, one] = await start(2)
      await acquaint(zero, one)
      for (let i = 0; i < 5; i++) await turn()
      const count = zero.transport.limits(1).fragmentBytes < 10_000 ? 100 : 2000
      for (let sent = 1; sent <= count; sent++) {
        zero.send(1, 24)
        await Promise.resolve()
      }
      const deadline = performance.now() + 20_000
      while (one.arrivals.length <= count && performance.now() < deadline) one.transport.poll()
      one.expectFrom(0, [8, ...Array<number>(count).fill(24)])
    })

    it('calls back neither within listen nor within send, even when a packet waits', async () => {
      const [zero, one] = await start(2)
      await acquaint(zero, one)
      zero.send(1, 8)
      const before = one.arrivals.length
      one.transport.listen(true)
      one.transport.listen(false)
      one.send(0, 8)
      expect(one.arrivals).to.have.length(before)
    })

    it('tells once that a peer has closed, after its last packet', async () => {
      const [zero, one] = await start(2)
      await acquaint(zero, one)
      const sizes = [8, 100, 5000].filter((size) => size <= zero.transport.limits(1).fragmentBytes)
      for (const size of sizes) one.send(0, size)
      await one.transport.close()
      await zero.until(() => zero.losses.length > 0)
      zero.expectFrom(1, [8, ...sizes])
      expect(zero.losses.map(({ peer, after }) => [peer, after])).to.deep.equal([[1, 1 + sizes.length]])
      zero.send(1, 8)
      zero.transport.listen(true)
      for (let i = 0; i < 20; i++) await turn()
      zero.transport.listen(false)
      expect(zero.losses).to.have.length(1)
    })

    it('forgets a dropped peer: no packet, no loss, and what is sent to it vanishes', async () => {
      const [zero, one, two] = await start(3)
      await acquaint(zero, one)
      one.send(0, 8)
      zero.transport.drop(1)
      zero.send(1, 8)
      expect(zero.transport.queued(1)).to.equal(0)
      await one.transport.close()
      two?.send(0, 8)
      await zero.until(() => zero.from(2).length === 1)
      expect(zero.from(1)).to.have.length(1)
      expect(zero.losses).to.deep.equal([])
    })

    it('can be closed twice, and ignores what is called afterwards', async () => {
      const [zero, one] = await start(2)
      await acquaint(zero, one)
      zero.transport.listen(true)
      await zero.transport.close()
      await zero.transport.close()
      zero.send(1, 8)
      zero.transport.listen(true)
      zero.transport.poll()
      zero.transport.listen(false)
      zero.transport.drop(1)
      expect(zero.arrivals).to.have.length(1)
    })
  })
}
