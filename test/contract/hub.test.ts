/** The star of launcher and agents: who is let in, and what they may send. */
import { expect } from 'chai'
import { createKeys, Hub, Spoke } from '../../src/transport/zeromq/sockets.ts'
import type { Protection } from '../../src/transport/zeromq/keys.ts'

const LARGEST = 100_000

describe('the hub of launcher and agents', () => {
  const keys = createKeys()
  let hub: Hub
  let address = ''
  const spokes: Spoke[] = []

  beforeEach(async () => {
    hub = new Hub(LARGEST, keys)
    address = await hub.bind('tcp://127.0.0.1:*')
  })
  afterEach(() => {
    for (const spoke of spokes.splice(0)) spoke.close()
    hub.close()
  })

  function join(name: string, protection: Protection): { spoke: Spoke; broken: Promise<string> } {
    let spoke: Spoke | undefined
    const broken = new Promise<string>((resolve) => {
      spoke = new Spoke(name, address, LARGEST, protection, resolve)
    })
    if (spoke === undefined) throw new Error('a promise runs its function at once')
    spokes.push(spoke)
    return { spoke, broken }
  }

  /** The next message, as text. */
  async function heard(): Promise<string[]> {
    return (await hub.receive()).map(String)
  }

  async function expectOnlyTheMember(): Promise<void> {
    const { spoke } = join('member', keys)
    spoke.send([Buffer.from('here')])
    expect(await heard()).to.deep.equal(['member', 'here'])
  }

  const { publicKey } = keys
  for (const [what, protection] of [
    ['no key', 'none'],
    ['other keys', createKeys()],
  ] as const)
    it(`does not hear who has ${what}, and lets them know`, async () => {
      const { spoke, broken } = join('member', protection)
      spoke.send([Buffer.from('let me in')])
      expect(await broken).to.be.oneOf(['the handshake failed', 'the connection was closed', 'nobody answers there'])
      await expectOnlyTheMember()
    })

  it('needs the public key only to be spoken to, which is therefore as secret as the other', async () => {
    const { spoke } = join('member', { publicKey, secretKey: createKeys().secretKey })
    spoke.send([Buffer.from('here')])
    expect(await heard()).to.deep.equal(['member', 'here'])
  })

  it('hangs up on a frame beyond the limit before it is there', async () => {
    const { spoke, broken } = join('large', keys)
    // Encryption adds a few bytes.
    spoke.send([Buffer.alloc(LARGEST - 100)])
    expect((await hub.receive())[1]?.length).to.equal(LARGEST - 100)
    spoke.send([Buffer.alloc(LARGEST + 1)])
    expect(await broken).to.equal('the connection was closed')
    expect(await heard()).to.deep.equal(['large', ''])
    await expectOnlyTheMember()
  })

  it('keeps the first of two who give the same name', async () => {
    const first = join('member', keys)
    first.spoke.send([Buffer.from('first')])
    expect(await heard()).to.deep.equal(['member', 'first'])
    const second = join('member', keys)
    second.spoke.send([Buffer.from('second')])
    first.spoke.send([Buffer.from('still first')])
    expect(await heard()).to.deep.equal(['member', 'still first'])
    hub.send('member', [Buffer.from('to the first')])
    expect((await first.spoke.receive()).map(String)).to.deep.equal(['to the first'])
  })
})
