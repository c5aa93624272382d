import { expect } from 'chai'
import { connect } from 'node:net'
import { curveKeyPair, Dealer, type SocketOptions } from 'zeromq'
import { ZeromqTransport } from '../../src/transport/zeromq.ts'
import { ZEROMQ_LIMITS } from '../../src/transport/zeromq/limits.ts'
import { createKeys } from '../../src/transport/zeromq/sockets.ts'
import { Header, HEADER_BYTES, Kind, writeHeader } from '../../src/wire/header.ts'
import { JOB, Station, transportContract } from './transport.ts'
import type { Receiver } from '../../src/transport/transport.ts'

async function open(receivers: readonly Receiver[], keys = createKeys()): Promise<ZeromqTransport[]> {
  const transports: ZeromqTransport[] = receivers.map(
    (receiver, rank) =>
      new ZeromqTransport({
        rank,
        size: receivers.length,
        job: JOB,
        bind: 'tcp://127.0.0.1:*',
        keys,
        receiver,
        locate: async (peer) => transports[peer]?.address ?? '',
      }),
  )
  await Promise.all(transports.map((transport) => transport.open()))
  return transports
}

transportContract('the encrypted ZeroMQ transport by tcp', open)

describe('the encrypted ZeroMQ transport', () => {
  const keys = createKeys()
  let stations: [Station, Station] = [new Station(0), new Station(1)]
  let transports: ZeromqTransport[] = []

  beforeEach(async () => {
    stations = [new Station(0), new Station(1)]
    transports = await open(stations, keys)
    for (const station of stations) station.transport = transports[station.rank] ?? station.transport
  })
  afterEach(() => Promise.all(transports.map((transport) => transport.close())))

  /** Rank 0 has heard rank 1 and nobody else. */
  async function expectOnlyRankOne(): Promise<void> {
    const [zero, one] = stations
    one.send(0, 64)
    await zero.until(() => zero.arrivals.length > 0)
    zero.expectFrom(1, [64])
    expect(zero.arrivals).to.have.length(1)
    expect(zero.losses).to.deep.equal([])
    expect(transports[0]?.refused).to.equal(0)
  }

  function packet(): Buffer {
    const words = new Int32Array((HEADER_BYTES + 16) / 4)
    writeHeader(Object.assign(new Header(), { kind: Kind.data, job: JOB, source: 1, bytes: 8 }), words, 0)
    return Buffer.from(words.buffer)
  }

  const strange = curveKeyPair()
  const own = { curvePublicKey: strange.publicKey, curveSecretKey: strange.secretKey }
  const intruders: [string, SocketOptions<Dealer>][] = [
    ['no key', {}],
    ["another server's key", { ...own, curveServerKey: curveKeyPair().publicKey }],
    ['its own key for ours', { ...own, curveServerKey: strange.publicKey }],
    ['a password instead', { plainUsername: 'rank', plainPassword: '1' }],
  ]
  for (const [what, options] of intruders)
    it(`hears nothing of a peer with ${what}, though it gives a rank's name`, async () => {
      const socket = new Dealer({
        routingId: `zmpi ${JOB} 1`,
        linger: 0,
        sendTimeout: 0,
        reconnectInterval: -1,
        ...options,
      })
      const cut = new Promise<void>((resolve) => {
        socket.events.on('disconnect', () => resolve())
        socket.events.on('close', () => resolve())
        for (const kind of ['protocol', 'auth', 'other'] as const)
          socket.events.on(`handshake:error:${kind}`, () => resolve())
      })
      socket.connect(transports[0]?.address ?? '')
      // It may have been cut off already.
      await socket.send(packet()).catch(() => undefined)
      await cut
      await expectOnlyRankOne()
      socket.close()
    })

  const greeting = Buffer.concat([
    Buffer.from('ff00000000000000017f0300', 'hex'),
    Buffer.from('NULL'),
    Buffer.alloc(48),
  ])
  const speeches: [string, Buffer][] = [
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['noise', Buffer.alloc(5000, 0xa7)],
    ['zeros', Buffer.alloc(500)],
    ['ZMTP 1.0 with the name of a rank', Buffer.concat([Buffer.from([10, 0]), Buffer.from(`zmpi ${JOB} 1`), packet()])],
    ['a greeting without encryption', greeting],
  ]
  for (const [what, speech] of speeches)
    it(`hears nothing of a peer that speaks ${what}, and hangs up`, async () => {
      const port = Number(/\d+$/.exec(transports[0]?.address ?? '')?.[0])
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.resume()
      socket.end(speech)
      await new Promise((resolve) => socket.on('close', resolve))
      await expectOnlyRankOne()
    })

  it('gives up a rank whose frame is longer than any, before it is there', async () => {
    const [zero] = stations
    const socket = new Dealer({
      ...own,
      curveServerKey: keys.publicKey,
      routingId: `zmpi ${JOB} 1`,
      linger: 0,
      reconnectInterval: -1,
    })
    socket.connect(transports[0]?.address ?? '')
    await socket.send(Buffer.alloc(ZEROMQ_LIMITS.fragmentBytes + 2048))
    await zero.until(() => zero.losses.length > 0)
    expect(zero.losses).to.deep.equal([{ peer: 1, reason: 'connection closed', after: 0 }])
    expect(zero.arrivals).to.deep.equal([])
    socket.close()
  })

  it('listens where it was told to and nowhere else', () => {
    for (const { address } of transports) expect(address).to.match(/^tcp:\/\/127\.0\.0\.1:\d+$/)
  })
})
