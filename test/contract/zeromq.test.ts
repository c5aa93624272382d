import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Dealer } from 'zeromq'
import { ZeromqTransport } from '../../src/transport/zeromq.ts'
import { NURSERY_BYTES } from '../../src/transport/zeromq/nursery.ts'
import type { Lookout } from '../../src/transport/zeromq/reader.ts'
import { Header, HEADER_BYTES, Kind, writeHeader } from '../../src/wire/header.ts'
import { JOB, Station, transportContract } from './transport.ts'
import type { Receiver } from '../../src/transport/transport.ts'
import { AskedCollections } from '../support/collections.ts'

let directory = ''
let networks = 0

async function open(
  receivers: readonly Receiver[],
  bind: (rank: number) => string,
  lookout?: Lookout,
): Promise<ZeromqTransport[]> {
  const transports: ZeromqTransport[] = receivers.map(
    (receiver, rank) =>
      new ZeromqTransport({
        rank,
        size: receivers.length,
        job: JOB,
        bind: bind(rank),
        receiver,
        locate: async (peer) => transports[peer]?.address ?? '',
        lookout,
      }),
  )
  await Promise.all(transports.map((transport) => transport.open()))
  return transports
}

function overIpc(receivers: readonly Receiver[]): Promise<ZeromqTransport[]> {
  const network = ++networks
  return open(receivers, (rank) => `ipc://${join(directory, `${network}-${rank}`)}`)
}

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'zmpi-test-'))
})
after(() => {
  rmSync(directory, { recursive: true })
})

transportContract('the ZeroMQ transport by ipc', overIpc)
transportContract('the ZeroMQ transport that looks before it sleeps', (receivers) =>
  open(receivers, () => 'tcp://127.0.0.1:*', { spin: 1000, yield: () => {} }),
)
transportContract('the ZeroMQ transport by tcp', (receivers) => open(receivers, () => 'tcp://127.0.0.1:*'))

describe('ZeromqTransport in a process of its own', () => {
  let place = ''
  let station = new Station(0)
  let transport: ZeromqTransport

  beforeEach(async () => {
    place = mkdtempSync(join(directory, 'job-'))
    station = new Station(0)
    transport = new ZeromqTransport({
      rank: 0,
      size: 2,
      job: JOB,
      bind: `ipc://${place}/0`,
      locate: async () => `ipc://${place}/1`,
      receiver: station,
    })
    station.transport = transport
    await transport.open()
  })
  afterEach(() => transport.close())

  /** Runs the child until it ends. Waiting for what has not left would be told on stderr by zeromq.js. */
  async function run(way: string): Promise<{ code: number | null; signal: string | null; out: string; err: string }> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('zeromq-child.js', import.meta.url)), way, place])
    const ended = once(child, 'exit')
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    const [code, signal] = (await ended) as [number | null, string | null]
    return { code, signal, out, err }
  }

  it('ends by itself after the last statement, and what it has sent arrives', async () => {
    const ended = run('send and end')
    await station.until(() => station.losses.length === 1)
    expect(station.arrivals.map(({ bytes }) => bytes)).to.deep.equal([8, 20_000, 3 << 20])
    expect(await ended).to.deep.equal({ code: 0, signal: null, out: '', err: '' })
  })

  it('ends by itself when it has received what it listened for', async () => {
    station.reaction = () => station.send(1, 8)
    const ended = run('receive one and end')
    await station.until(() => station.losses.length === 1)
    expect(await ended).to.deep.equal({ code: 0, signal: null, out: 'heard 1', err: '' })
  })

  it('ends by itself when it stops listening for what never came', async () => {
    expect(await run('stop listening and end')).to.deep.equal({ code: 0, signal: null, out: '', err: '' })
  })

  it('ends although its peer is gone', async () => {
    await transport.close()
    const { code, out } = await run('end while the peer is stopped')
    expect([code, out]).to.deep.equal([0, ''])
  })

  it('uses next to no CPU while it listens and nothing comes', async () => {
    const { code, out } = await run('idle')
    expect(code).to.equal(0)
    // In ms, of 100 each; what else goes on adds to some.
    expect(Math.min(...(JSON.parse(out) as number[])), out).to.be.lessThan(3)
  })

  it('is reported lost when it is killed, after its last packet', async () => {
    const ended = run('die')
    await station.until(() => station.losses.length === 1)
    expect(station.losses).to.deep.equal([{ peer: 1, reason: 'connection closed', after: 3 }])
    expect((await ended).signal).to.equal('SIGKILL')
  })
})

describe('ZeromqTransport against bad input', () => {
  let stations: [Station, Station, Station]
  let transports: ZeromqTransport[] = []
  const sockets: Dealer[] = []

  beforeEach(async () => {
    stations = [new Station(0), new Station(1), new Station(2)]
    transports = await overIpc(stations)
    for (const station of stations) station.transport = transports[station.rank] ?? station.transport
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.close()
    await Promise.all(transports.map((transport) => transport.close()))
  })

  /** A connection to rank 0 under a name, without being a rank. */
  function intruder(name: string | null): Dealer {
    const socket = new Dealer(name === null ? { linger: 1000 } : { routingId: name, linger: 1000 })
    socket.connect(transports[0]?.address ?? '')
    sockets.push(socket)
    return socket
  }

  /** A first frame: packets, then the eight bytes of acknowledgement. */
  function frame(fields: Partial<Header>, body = 0, change?: (words: Int32Array) => void): Buffer {
    const words = new Int32Array((HEADER_BYTES + body + 8) / 4)
    writeHeader(Object.assign(new Header(), { kind: Kind.data, job: JOB, source: 1, bytes: body }, fields), words, 0)
    change?.(words)
    return Buffer.from(words.buffer)
  }

  const short = Buffer.alloc(10)
  const malformed: [string, () => Buffer[], RegExp][] = [
    ['a short frame', () => [short], /10 bytes ends within a header/],
    ['three frames', () => [frame({}), short, short], /^3 frames/],
    ['another magic number', () => [frame({}, 0, (words) => (words[0] = 0x12345678))], /bad magic/],
    [
      'another protocol version',
      () => [frame({}, 0, (words) => (words[0] = (words[0] ?? 0) + 256))],
      /protocol version \d+, this side speaks/,
    ],
    ['an unknown kind', () => [frame({ kind: 99 })], /kind 99/],
    ['the number of another job', () => [frame({ job: JOB + 1 })], /job 78/],
    ['another source than the connection', () => [frame({ source: 2 })], /claims to come from rank 2/],
    ['a body that is too short', () => [frame({ bytes: 100 }, 8)], /a body of 100 bytes in 8/],
    ['a body beyond all memory', () => [frame({ bytes: 2 ** 52 }, 8)], /a body of 4503599627370496 bytes in 8/],
    ['a second frame of another length', () => [frame({ bytes: 9 }), short], /body of 10 bytes, its header says 9/],
    ['two packets before a second frame', () => [frame({ bytes: 0 }, 64), short], /header of/],
    ['bytes after its last packet', () => [frame({ bytes: 0 }, 8)], /ends within a header/],
  ]
  for (const [title, frames, reason] of malformed) {
    it(`gives up a rank whose message has ${title}, and hears the others`, async () => {
      const [zero, , two] = stations
      await intruder(`zmpi ${JOB} 1`).send(frames())
      await zero.until(() => zero.losses.length === 1)
      expect(zero.losses[0]?.peer).to.equal(1)
      expect(zero.losses[0]?.reason).to.match(reason)
      expect(zero.from(1).filter(({ bytes }) => bytes > 0)).to.deep.equal([])
      two.send(0, 8)
      await zero.until(() => zero.from(2).length === 1)
    })
  }

  it('drops and counts what comes from no rank of this job, and hears the ranks', async () => {
    const [zero, , two] = stations
    const names = [null, 'zmpi 78 1', `zmpi ${JOB} 0`, `zmpi ${JOB} 3`, `zmpi ${JOB} 01`, `zmpi ${JOB} -1`]
    for (const name of names) await intruder(name).send(frame({}, 8))
    zero.transport.listen(true)
    while ((transports[0]?.refused ?? 0) < names.length) await turn()
    two.send(0, 8)
    await zero.until(() => zero.from(2).length === 1)
    expect(zero.arrivals).to.have.length(1)
    expect(zero.losses).to.deep.equal([])
  })

  it('survives those who do not speak ZeroMQ', async () => {
    const [zero, , two] = stations
    const path = (transports[0]?.address ?? '').replace('ipc://', '')
    for (const speech of [
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
      Buffer.alloc(5000, 0xff),
      Buffer.alloc(100),
      '\x01\x00',
    ]) {
      const socket = connect(path)
      socket.on('error', () => undefined)
      socket.resume()
      socket.end(speech)
      await new Promise((resolve) => {
        socket.on('close', resolve)
      })
    }
    two.send(0, 8)
    await zero.until(() => zero.from(2).length === 1)
    expect(zero.arrivals).to.have.length(1)
    expect(zero.losses).to.deep.equal([])
  })
})

describe('ZeromqTransport', () => {
  const collections = new AskedCollections()
  afterEach(() => collections.stop())

  function made(bind: string, locate: (peer: number) => Promise<string>, station: Station): ZeromqTransport {
    return new ZeromqTransport({ rank: station.rank, size: 2, job: JOB, bind, receiver: station, locate })
  }

  it('keeps packets in order until the address of the peer is known', async () => {
    const [zero, one] = [new Station(0), new Station(1)]
    let tell: (address: string) => void = () => undefined
    const known = new Promise<string>((resolve) => {
      tell = resolve
    })
    const [from, to] = [made('tcp://127.0.0.1:*', () => known, zero), made('tcp://127.0.0.1:*', () => known, one)]
    await Promise.all([from.open(), to.open()])
    zero.transport = from
    one.transport = to
    const sizes = [8, 20_000, 0, 3 << 20, 8, 8, 8, 8, 8, 8]
    for (const size of sizes) zero.send(1, size)
    await turn()
    expect(from.queued(1)).to.be.greaterThan(0)
    tell(to.address)
    await one.until(() => one.arrivals.length === sizes.length)
    one.expectFrom(0, sizes)
    expect(from.queued(1)).to.equal(0)
    await Promise.all([from.close(), to.close()])
  })

  it('takes calls before it is open', async () => {
    const [zero, one] = [new Station(0), new Station(1)]
    const opened: ZeromqTransport[] = []
    const locate = async (peer: number): Promise<string> => opened[peer]?.address ?? ''
    const transports = [made('tcp://127.0.0.1:*', locate, zero), made('tcp://127.0.0.1:*', locate, one)] as const
    zero.transport = transports[0]
    one.transport = transports[1]
    one.transport.poll()
    const arrived = one.until(() => one.arrivals.length === 2)
    await Promise.all(transports.map((transport) => transport.open()))
    opened.push(...transports)
    zero.send(1, 8)
    zero.send(1, 20_000)
    await arrived
    one.expectFrom(0, [8, 20_000])
    await Promise.all(transports.map((transport) => transport.close()))
  })

  it('has large bodies collected that died young', async () => {
    const [zero, one] = [new Station(0), new Station(1)]
    const to = made('tcp://127.0.0.1:*', () => Promise.reject(new Error('nobody asks')), one)
    const from = made('tcp://127.0.0.1:*', async () => to.address, zero)
    await Promise.all([from.open(), to.open()])
    zero.transport = from
    one.transport = to
    collections.start()
    const sizes = Array.from({ length: 4 }, () => NURSERY_BYTES / 4)
    for (const size of sizes) zero.send(1, size)
    await one.until(() => one.arrivals.length === sizes.length)
    await collections.until(1)
    one.expectFrom(0, sizes)
    await Promise.all([from.close(), to.close()])
  })

  it('reports a peer lost that cannot be located', async () => {
    const zero = new Station(0)
    const transport = made('tcp://127.0.0.1:*', () => Promise.reject(new Error('rank 1 has ended')), zero)
    zero.transport = transport
    await transport.open()
    zero.send(1, 8)
    await zero.until(() => zero.losses.length === 1)
    expect(zero.losses).to.deep.equal([{ peer: 1, reason: 'rank 1 has ended', after: 0 }])
    await transport.close()
  })

  it('refuses to open at an address that cannot be bound', async () => {
    for (const bind of [`ipc://${join(directory, 'x'.repeat(120))}`, 'tcp://203.0.113.1:*', 'nonsense']) {
      const transport = made(bind, () => Promise.resolve(''), new Station(0))
      const error: unknown = await transport.open().catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(Error)
      expect((error as Error).message).to.include(bind)
      await transport.close()
    }
  })
})
