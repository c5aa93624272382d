import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { openMixed } from '../../src/transport/mixed.ts'
import { loadNative } from '../../src/transport/native.ts'
import type { Native } from '../../src/transport/native.ts'
import { openSharedMemory } from '../../src/transport/shared-memory/open.ts'
import { createSegment, readLayout, SegmentLayout } from '../../src/transport/shared-memory/segment.ts'
import type { Segment } from '../../src/transport/shared-memory/segment.ts'
import type { Receiver, Transport } from '../../src/transport/transport.ts'
import { ZeromqTransport } from '../../src/transport/zeromq.ts'
import { ZEROMQ_LIMITS } from '../../src/transport/zeromq/limits.ts'
import { JOB, Station, transportContract } from './transport.ts'

function segmentFor(ranks: number): Segment {
  const segment = createSegment(ranks, JOB)
  if (typeof segment === 'string') throw new Error(segment)
  return segment
}

function systemCalls(): Native {
  const native = loadNative()
  if (typeof native === 'string') throw new Error(native)
  return native
}

/** Does not reserve memory for the first so many rings. */
function withoutRoom(rings: number): Native {
  const native = systemCalls()
  let left = rings
  return { ...native, reserve: (...call) => (left-- > 0 ? 28 : native.reserve(...call)) }
}

async function open(receivers: readonly Receiver[], spin = 200, cores = receivers.length): Promise<Transport[]> {
  const segment = segmentFor(receivers.length)
  const neighbours = receivers.map((_, rank) => rank)
  const transports = receivers.map((receiver, rank) => {
    const transport = openSharedMemory(segment.path, { job: JOB, rank, neighbours, receiver, spin, cores })
    if (typeof transport === 'string') throw new Error(transport)
    return transport
  })
  segment.close()
  return transports
}

/** Ranks that share memory as far as `nativeOf` lets them, and ZeroMQ for the rest. */
class Host {
  readonly said: string[] = []
  /** Ranks whose ZeroMQ transport is open. */
  readonly opened: number[] = []
  readonly #directory = mkdtempSync(join(tmpdir(), 'zmpi-'))
  readonly #addresses: { promise: Promise<string>; resolve: (address: string) => void }[]
  readonly #nativeOf: (rank: number) => Native | string
  readonly #segment: Segment

  constructor(size: number, nativeOf: (rank: number) => Native | string) {
    this.#nativeOf = nativeOf
    this.#segment = segmentFor(size)
    this.#addresses = Array.from({ length: size }, () => {
      let resolve: (address: string) => void = () => {}
      const promise = new Promise<string>((settle) => {
        resolve = settle
      })
      return { promise, resolve }
    })
  }

  start(rank: number, receiver: Receiver): Transport {
    const { length } = this.#addresses
    const mixed = openMixed(
      {
        segment: this.#segment.path,
        job: JOB,
        rank,
        neighbours: Array.from({ length }, (_, neighbour) => neighbour),
        receiver,
        far: { limits: ZEROMQ_LIMITS, open: () => this.#zeromq(rank, receiver) },
        say: (text) => this.said.push(text),
      },
      this.#nativeOf(rank),
    )
    if (typeof mixed !== 'string') return mixed
    this.said.push(mixed)
    const transport = this.#makeZeromq(rank, receiver)
    void this.#openZeromq(rank, transport)
    return transport
  }

  end(): void {
    this.#segment.close()
    rmSync(this.#directory, { recursive: true })
  }

  #makeZeromq(rank: number, receiver: Receiver): ZeromqTransport {
    return new ZeromqTransport({
      rank,
      size: this.#addresses.length,
      job: JOB,
      bind: `ipc://${this.#directory}/${rank}`,
      receiver,
      locate: (peer) => this.#addresses[peer]?.promise ?? Promise.reject(new Error(`no rank ${peer}`)),
    })
  }

  async #openZeromq(rank: number, transport: ZeromqTransport): Promise<void> {
    await transport.open()
    this.opened.push(rank)
    this.#addresses[rank]?.resolve(transport.address)
  }

  async #zeromq(rank: number, receiver: Receiver): Promise<Transport> {
    const transport = this.#makeZeromq(rank, receiver)
    await this.#openZeromq(rank, transport)
    return transport
  }
}

function stationsOf(size: number): [Station, Station, ...Station[]] {
  const [zero, one, ...others] = Array.from({ length: size }, (_, rank) => new Station(rank))
  if (zero === undefined || one === undefined) throw new Error('a network has two ranks at least')
  return [zero, one, ...others]
}

async function started(size: number, cores = size): Promise<[Station, Station, ...Station[]]> {
  const stations = stationsOf(size)
  const transports = await open(stations, undefined, cores)
  for (const [rank, station] of stations.entries()) station.transport = transports[rank] as Transport
  return stations
}

transportContract('shared memory', (receivers) => open(receivers))
transportContract('shared memory that never spins', (receivers) => open(receivers, 0))

describe('mixed transports', () => {
  const hosts: Host[] = []
  function host(size: number, nativeOf: (rank: number) => Native | string): Host {
    const made = new Host(size, nativeOf)
    hosts.push(made)
    return made
  }
  after(() => {
    for (const made of hosts) made.end()
  })
  const all = (made: Host, receivers: readonly Receiver[]): Promise<Transport[]> =>
    Promise.resolve(receivers.map((receiver, rank) => made.start(rank, receiver)))

  transportContract('shared memory before ZeroMQ', (receivers) => all(host(receivers.length, systemCalls), receivers))
  transportContract('shared memory without room for any ring', (receivers) =>
    all(
      host(receivers.length, () => withoutRoom(99)),
      receivers,
    ),
  )
  transportContract('shared memory with a rank that goes without', (receivers) =>
    all(
      host(receivers.length, (rank) => (rank === 1 ? 'no koffi' : systemCalls())),
      receivers,
    ),
  )

  it('do not open ZeroMQ while shared memory reaches everybody', async () => {
    const made = host(2, systemCalls)
    const [zero, one] = stationsOf(2)
    zero.transport = made.start(0, zero)
    one.transport = made.start(1, one)
    zero.send(1, 8)
    await one.until(() => one.arrivals.length === 1)
    expect([made.opened, made.said]).to.deep.equal([[], []])
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('keep the order of what was sent before a rank turned out to go without', async () => {
    const made = host(3, (rank) => (rank === 1 ? 'no koffi' : systemCalls()))
    const [zero, one] = stationsOf(3)
    zero.transport = made.start(0, zero)
    const sizes = [8, 0, 200_000, 70_000, 8].filter((size) => size <= zero.transport.limits(1).fragmentBytes)
    for (const size of sizes) zero.send(1, size)
    zero.transport.listen(true)
    await sleep(20)
    one.transport = made.start(1, one)
    for (const size of sizes) zero.send(1, size)
    await one.until(() => one.arrivals.length === 2 * sizes.length)
    one.expectFrom(0, [...sizes, ...sizes])
    expect(zero.transport.limits(1)).to.equal(ZEROMQ_LIMITS)
    expect(made.said.join('\n')).to.include('no koffi').and.include('rank 1 goes without shared memory')
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('wake a rank that sleeps when another, which goes without, sends to it', async () => {
    const made = host(2, (rank) => (rank === 1 ? 'no koffi' : systemCalls()))
    const [zero, one] = stationsOf(2)
    zero.transport = made.start(0, zero)
    const arrived = zero.until(() => zero.arrivals.length === 1)
    await sleep(20)
    one.transport = made.start(1, one)
    one.send(0, 8)
    await arrived
    zero.expectFrom(1, [8])
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('reach one rank through shared memory and another by ZeroMQ when there is room for one ring only', async () => {
    const made = host(3, (rank) => (rank === 0 ? withoutRoom(1) : systemCalls()))
    const [zero, one, two] = stationsOf(3)
    for (const station of [zero, one, two as Station]) station.transport = made.start(station.rank, station)
    zero.send(1, 8)
    zero.send(2, 8)
    one.send(0, 8)
    await Promise.all([one, two as Station, zero].map((station) => station.until(() => station.arrivals.length === 1)))
    expect(made.said).to.have.length(1)
    expect(made.said[0]).to.match(/^rank 1 .* no room for \d+ bytes/)
    expect(made.opened).to.have.members([0, 1])
    for (const station of [zero, one, two as Station]) await station.transport.close()
  })
})

describe('shared memory', () => {
  it('lets a rank send before the other is there', async () => {
    const segment = segmentFor(2)
    const [zero, one] = stationsOf(2)
    const make = (station: Station): Transport => {
      const made = openSharedMemory(segment.path, {
        job: JOB,
        rank: station.rank,
        neighbours: [0, 1],
        receiver: station,
      })
      if (typeof made === 'string') throw new Error(made)
      return made
    }
    zero.transport = make(zero)
    const sizes = [8, 60_000, 0]
    for (const size of sizes) zero.send(1, size)
    expect(zero.transport.queued(1)).to.equal(3)
    zero.transport.listen(true)
    await sleep(20)
    one.transport = make(one)
    await one.until(() => one.arrivals.length === 3)
    one.expectFrom(0, sizes)
    segment.close()
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('leaves what it has sent to a rank that appears only after it has closed', async () => {
    const segment = segmentFor(2)
    const [zero, one] = stationsOf(2)
    const make = (station: Station): Transport => {
      const made = openSharedMemory(segment.path, {
        job: JOB,
        rank: station.rank,
        neighbours: [0, 1],
        receiver: station,
      })
      if (typeof made === 'string') throw new Error(made)
      return made
    }
    zero.transport = make(zero)
    const sizes = [8, 60_000, 0]
    for (const size of sizes) zero.send(1, size)
    await zero.transport.close()
    one.transport = make(one)
    await one.until(() => one.losses.length === 1)
    one.expectFrom(0, sizes)
    segment.close()
    await one.transport.close()
  })

  it('sends what had no room although the program does not wait for anything', async () => {
    const [zero, one] = await started(2)
    const sizes = Array<number>(200).fill(20_000)
    for (const size of sizes) zero.send(1, size)
    expect(zero.transport.queued(1)).to.be.greaterThan(0)
    await one.until(() => one.arrivals.length === sizes.length)
    one.expectFrom(0, sizes)
    expect(zero.transport.queued(1)).to.equal(0)
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('sleeps when nothing comes, at no cost, and wakes for a packet', async () => {
    const [zero, one] = await started(2)
    zero.send(1, 8)
    await one.until(() => one.arrivals.length === 1)
    const microseconds: number[] = []
    for (let round = 2; round < 7; round++) {
      const arrived = one.until(() => one.arrivals.length === round)
      await sleep(30)
      const before = process.cpuUsage()
      await sleep(100)
      const { user, system } = process.cpuUsage(before)
      microseconds.push(user + system)
      zero.send(1, 8)
      await arrived
    }
    // What else goes on adds to some.
    expect(Math.min(...microseconds), String(microseconds)).to.be.lessThan(20_000)
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('finds the first packet of a neighbour that made contact between the last look and sleep', async () => {
    const segment = segmentFor(2)
    const [zero, one] = stationsOf(2)
    let contact = (): void => one.send(0, 8)
    const native = systemCalls()
    const last = {
      ...native,
      yield: () => {
        contact()
        contact = () => {}
        native.yield()
      },
    }
    for (const station of [one, zero]) {
      const options = { job: JOB, rank: station.rank, neighbours: [0, 1], receiver: station, spin: 0, cores: 2 }
      const transport = openSharedMemory(segment.path, options, station === zero ? last : native)
      if (typeof transport === 'string') throw new Error(transport)
      station.transport = transport
    }
    segment.close()
    await zero.until(() => zero.arrivals.length === 1)
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('polls only after the tick in which it began to listen', async () => {
    const [zero, one] = await started(2)
    zero.send(1, 8)
    one.transport.listen(true)
    expect(one.arrivals).to.have.length(0)
    await Promise.resolve()
    await Promise.resolve()
    expect(one.arrivals).to.have.length(1)
    one.transport.listen(false)
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('delivers at a glance the next packet of one neighbour, and nothing else', async () => {
    const [zero, one, ...others] = await started(3)
    const two = others[0] as Station
    const { transport } = zero
    one.send(0, 8)
    two.send(0, 8)
    await zero.until(() => zero.arrivals.length === 2)
    expect(transport.glance?.(1, 10)).to.equal(false)
    for (const size of [24, 2000]) one.send(0, size)
    two.send(0, 16)
    expect([transport.glance?.(1, 10), zero.arrivals.length]).to.deep.equal([true, 3])
    expect([transport.glance?.(1, 10), zero.arrivals.length]).to.deep.equal([true, 4])
    expect([transport.glance?.(1, 10), zero.arrivals.length]).to.deep.equal([false, 4])
    zero.expectFrom(1, [8, 24, 2000])
    await Promise.all([zero, one, two].map((station) => station.transport.close()))
  })

  it('lets timers and I/O run while packets are taken at a glance without end', async () => {
    const [zero, one] = await started(2)
    one.send(0, 8)
    await zero.until(() => zero.arrivals.length === 1)
    let hasTurned = false
    setImmediate(() => {
      hasTurned = true
    })
    for (let taken = 2; !hasTurned; taken++) {
      one.send(0, 8)
      if (zero.transport.glance?.(1, 10) === false) await zero.until(() => zero.arrivals.length === taken)
    }
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('lets timers and I/O run while packets go to and fro without end', async () => {
    const [zero, one] = await started(2)
    zero.reaction = () => zero.send(1, 8)
    one.reaction = () => one.send(0, 8)
    zero.transport.listen(true)
    one.transport.listen(true)
    zero.send(1, 8)
    await sleep(20)
    await turn()
    const seen = zero.arrivals.length
    await sleep(20)
    expect(zero.arrivals.length).to.be.greaterThan(seen)
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('exposes nothing small where each rank has a core: copying through the ring is quicker', async () => {
    const [zero, one] = await started(2)
    expect(zero.transport.expose(1, new Float64Array(10_000))).to.equal(undefined)
    const target = (): Uint8Array => expect.fail('no memory is needed')
    expect(zero.transport.invite(1, 80_000, target)).to.equal(undefined)
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('writes into memory to which a neighbour has invited, unless ranks take turns', async () => {
    const [zero, one] = await started(2)
    const target = new Uint8Array(400_000)
    const address = zero.transport.invite(1, target.length, () => target)
    expect(address).to.be.a('number')
    expect(one.transport.push(0, (address ?? 0) + 399_998, Uint8Array.of(7, 8))).to.equal(true)
    expect(target.subarray(399_996)).to.deep.equal(Uint8Array.of(0, 0, 7, 8))
    expect(one.transport.push(0, 4096, Uint8Array.of(7, 8))).to.equal(false)
    await Promise.all([zero.transport.close(), one.transport.close()])
    const [two, three] = await started(2, 1)
    expect(two.transport.invite(1, target.length, () => target)).to.equal(undefined)
    await Promise.all([two.transport.close(), three.transport.close()])
  })

  it('reads the memory that a neighbour exposes', async () => {
    const [zero, one] = await started(2, 1)
    const body = new Float64Array(50_000).map((_, i) => i)
    const address = zero.transport.expose(1, body.subarray(10))
    const target = new Float64Array(1000)
    expect(address).to.be.a('number')
    expect(one.transport.pull(0, address ?? 0, new Uint8Array(target.buffer))).to.equal(true)
    expect(target).to.deep.equal(body.slice(10, 1010))
    expect(one.transport.pull(0, 4096, new Uint8Array(target.buffer))).to.equal(false)
    await Promise.all([zero.transport.close(), one.transport.close()])
  })

  it('exposes nothing and reads nothing where the system refuses to read', async () => {
    const segment = segmentFor(2)
    const native = { ...systemCalls(), read: () => false, write: () => false }
    const transports = stationsOf(2).map((station, rank) =>
      openSharedMemory(segment.path, { job: JOB, rank, neighbours: [0, 1], receiver: station }, native),
    )
    segment.close()
    for (const transport of transports) {
      if (typeof transport === 'string') throw new Error(transport)
      const peer = transports.indexOf(transport) === 0 ? 1 : 0
      expect(transport.expose(peer, new Float64Array(1_000_000))).to.equal(undefined)
      expect(transport.pull(peer, 4096, new Uint8Array(100))).to.equal(false)
      expect(transport.push(peer, 4096, new Uint8Array(100))).to.equal(false)
    }
    for (const transport of transports) if (typeof transport !== 'string') await transport.close()
  })

  it('says why it cannot be opened', () => {
    const segment = segmentFor(2)
    const options = { job: JOB, rank: 0, neighbours: [0, 1], receiver: new Station(0) }
    const reasons: [string, unknown][] = [
      ['ENOENT', openSharedMemory('/nowhere/at/all', options)],
      ['not a zmpi segment', openSharedMemory('/dev/null', options)],
      ['of job 77', openSharedMemory(segment.path, { ...options, job: JOB + 1 })],
      ['no slot', openSharedMemory(segment.path, { ...options, rank: 5 })],
      ['no slot', openSharedMemory(segment.path, { ...options, neighbours: [0, 1, 2] })],
      ['no koffi here', openSharedMemory(segment.path, options, 'no koffi here')],
      [
        'mmap',
        openSharedMemory(segment.path, options, {
          ...systemCalls(),
          map: () => {
            throw new Error('mmap is forbidden')
          },
        }),
      ],
    ]
    for (const [part, reason] of reasons) expect(reason).to.be.a('string').that.includes(part)
    expect(createSegment(2, JOB, '/nowhere/at/all'))
      .to.be.a('string')
      .that.includes('ENOENT')
    expect(createSegment(2, JOB, '/proc'))
      .to.be.a('string')
      .that.includes('no shared memory in /proc')
    segment.close()
  })

  it('loses a neighbour whose ring is damaged, and keeps the others', async () => {
    const segment = segmentFor(3)
    const stations = stationsOf(3)
    for (const station of stations) {
      const options = { job: JOB, rank: station.rank, neighbours: [0, 1, 2], receiver: station }
      const transport = openSharedMemory(segment.path, options)
      if (typeof transport === 'string') throw new Error(transport)
      station.transport = transport
    }
    const [zero, one, two] = stations
    one.send(0, 8)
    await zero.until(() => zero.arrivals.length === 1)
    const file = openSync(segment.path, 'r+')
    const { ringBytes } = readLayout(file, JOB)
    writeSync(file, new Uint8Array(ringBytes).fill(0x77), 0, ringBytes, new SegmentLayout(3, ringBytes, JOB).ring(1, 0))
    closeSync(file)
    await zero.until(() => zero.losses.length === 1)
    expect(zero.losses[0]).to.include({ peer: 1, after: 1 })
    expect(zero.losses[0]?.reason).to.include('its ring is broken')
    two?.send(0, 8)
    await zero.until(() => zero.from(2).length === 1)
    segment.close()
    for (const station of stations) await station.transport.close()
  })

  it('survives a neighbour that is killed while it is sent to, asleep or reading', async () => {
    const segment = segmentFor(2)
    const zero = new Station(0)
    const transport = openSharedMemory(segment.path, { job: JOB, rank: 0, neighbours: [0, 1], receiver: zero })
    if (typeof transport === 'string') throw new Error(transport)
    zero.transport = transport
    const module = new URL('../../src/transport/shared-memory/open.js', import.meta.url).href
    const program = `
      const { openSharedMemory } = await import(${JSON.stringify(module)})
      let transport
      const receiver = { packet: (header) => transport.send(0, Object.assign(header, { source: 1, bytes: 0 })), lost() {} }
      const options = { job: ${JOB}, rank: 1, neighbours: [0, 1], receiver }
      transport = openSharedMemory(${JSON.stringify(segment.path)}, options)
      transport.listen(true)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' })
    const exited = new Promise((resolve) => child.once('exit', resolve))
    try {
      zero.send(1, 8)
      await zero.until(() => zero.arrivals.length === 1)
      segment.close()
      await sleep(20)
    } finally {
      child.kill('SIGKILL')
      await exited
    }
    for (let i = 0; i < 100; i++) zero.send(1, 20_000)
    zero.transport.listen(true)
    await sleep(20)
    expect(zero.transport.queued(1)).to.be.greaterThan(0)
    expect(zero.transport.pull(1, 4096, new Uint8Array(100))).to.equal(false)
    zero.transport.drop(1)
    expect(zero.transport.queued(1)).to.equal(0)
    expect(readdirSync('/dev/shm').filter((name) => name.includes(`zmpi-${JOB}`))).to.deep.equal([])
    await zero.transport.close()
  })

  it('has no name in /dev/shm, not even while it is open', async () => {
    const [zero, one] = await started(2)
    zero.send(1, 8)
    await one.until(() => one.arrivals.length === 1)
    expect(readdirSync('/dev/shm').filter((name) => name.includes(`zmpi-${JOB}`))).to.deep.equal([])
    await Promise.all([zero.transport.close(), one.transport.close()])
  })
})
