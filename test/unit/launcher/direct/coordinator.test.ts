import { expect } from 'chai'
import { Coordinator } from '../../../../src/launcher/direct/coordinator.ts'
import { PROTOCOL, type Order, type Report } from '../../../../src/launcher/direct/messages.ts'
import type { Door } from '../../../../src/launcher/direct/rendezvous.ts'
import { decode, encode } from '../../../../src/launcher/remote/messages.ts'
import { createKeys, Spoke } from '../../../../src/transport/zeromq/sockets.ts'
import { version } from '../../../../src/version.ts'

const HELLO = {
  ...{ type: 'hello', protocol: PROTOCOL, version, rank: 0, size: 1, instance: 'i', token: 't', pid: 1 },
  ...{ host: { name: 'h', id: 'h' }, via: '', address: '127.0.0.1', isChosen: false },
} as const satisfies Report

describe('the coordinator of ranks that another launcher has started', function () {
  this.timeout(30_000)

  it('sends away strangers, before the job and while it runs, and goes on', async () => {
    let door: Door = { endpoints: [], key: '' }
    let isClosed = false
    const coordinator = new Coordinator({
      ...{ size: 1, patience: 25, lease: 25, transport: 'zmq', logLevel: 'silent' },
      rendezvous: {
        token: 't',
        begin: () => Promise.resolve({ rank: 0, size: 1 }),
        bindings: () => Promise.resolve({ addresses: ['tcp://127.0.0.1:*'], keys: createKeys() }),
        open: (shown) => Promise.resolve(void (door = shown)),
        find: () => Promise.resolve(door),
        confirms: (_, token) => (isClosed ? Promise.reject(new Error('closed')) : Promise.resolve(token === 't')),
        close: () => Promise.resolve(void (isClosed = true)),
      },
    })
    await coordinator.open()
    const ended = coordinator.run()
    const connect = (name: string) =>
      new Spoke(name, door.endpoints[0] ?? '', 1 << 20, { publicKey: door.key }, () => {})
    const hear = async (spoke: Spoke) => decode<Order>([...(await spoke.receive())]).message
    const stranger = connect('stranger')
    const isRefused = async (frames: readonly Uint8Array[], reason: string) => {
      stranger.send(frames)
      const order = await hear(stranger)
      expect(order.type === 'refused' && order.reason).to.include(reason)
    }
    const junk = async () => {
      await isRefused([Buffer.from('no JSON')], 'cannot make out')
      await isRefused(encode({ type: 'hello' }), 'does not say who comes')
      const { token: _, ...rest } = HELLO
      await isRefused(encode(rest), 'does not say who comes')
    }
    await junk()
    await isRefused(encode({ ...HELLO, token: 'other' } as Report), 'knows of another one')
    const proxy = connect('proxy')
    proxy.send(encode(HELLO))
    expect((await hear(proxy)).type).to.equal('welcome')
    expect((await hear(proxy)).type).to.equal('entry')
    await junk()
    await isRefused(encode({ ...HELLO, rank: 7 } as Report), 'all ranks of the job have come already')
    proxy.send(encode({ type: 'left', code: 0 } as Report))
    expect(await ended).to.equal(0)
    proxy.close()
    stranger.close()
  })
})
