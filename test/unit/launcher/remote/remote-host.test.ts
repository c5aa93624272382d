import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AgentEvents } from '../../../../src/launcher/agent.ts'
import { PROTOCOL, type HostScript, type Order, type Report } from '../../../../src/launcher/remote/messages.ts'
import { RemoteHost } from '../../../../src/launcher/remote/remote-host.ts'
import { AGENT_SCRIPT } from '../../../../src/launcher/spawn.ts'
import { Start } from '../../../../src/launcher/remote/starter.ts'
import { version } from '../../../../src/version.ts'

const EVENTS: AgentEvents = {
  onStart: () => {},
  onUnstartable: () => {},
  onMessage: () => {},
  onEnd: () => {},
  onGone: () => {},
  onStopped: () => {},
  onHostsFailed: () => {},
}

const HELLO = { type: 'hello', protocol: PROTOCOL, version, node: process.version } as const

/** What comes of an agent whose first words are these. */
async function greeted(hello: Report & { readonly type: 'hello' }): Promise<string | undefined> {
  const orders: Order[] = []
  const host = new RemoteHost({
    nameConnection: String,
    ranks: [],
    script: {} as HostScript,
    lease: 5,
    events: EVENTS,
    send: (_, order) => orders.push(order),
  })
  const connected = host.connect(
    () =>
      new Start({
        command: ['/bin/sh', '-c', 'read line; read never'],
        environment: undefined,
        isCommon: false,
        line: '{}',
        hosts: 1,
        guard: () => {},
      }),
    () => false,
    10,
  )
  host.hear({ message: hello, bytes: undefined })
  if (orders.length > 0) {
    expect(orders[0]?.type).to.equal('prepare')
    host.hear({ message: { type: 'ready', directory: '/tmp/zmpi-abcdef' }, bytes: undefined })
  }
  const failure = await connected
  host.abandon()
  return failure?.reason
}

describe('RemoteHost', () => {
  it('takes an agent of its own version', async () => {
    expect(await greeted(HELLO)).to.equal(undefined)
  })

  for (const [what, hello, reason] of [
    [
      'another version',
      { version: '9.9.9' },
      `has zmpi 9.9.9 (Node ${process.version}), this is zmpi ${version}: install the same version there`,
    ],
    [
      'another protocol',
      { protocol: PROTOCOL + 1, version: '9.9.8' },
      `has zmpi 9.9.8 (Node ${process.version}), this is zmpi ${version}: install the same version there`,
    ],
    ['a Node that is too old', { node: 'v18.20.0' }, 'has Node v18.20.0, zmpi needs 20.19, 22.12 or later'],
  ] as const)
    it(`refuses an agent of ${what}, and says of which`, async () => {
      expect(await greeted({ ...HELLO, ...hello })).to.equal(reason)
    })
})

describe('an agent', () => {
  for (const [what, line, text] of [
    [
      'another version of zmpirun',
      JSON.stringify({ protocol: PROTOCOL + 1, version: '9.9.9' }),
      `zmpi: this host has zmpi ${version}, zmpirun is of version 9.9.9: install the same version there\n`,
    ],
    ['nobody', undefined, 'zmpi: started without a word about where zmpirun is\n'],
  ] as const)
    it(`ends with a clear word when it is started by ${what}`, async () => {
      const child = spawn(process.execPath, [AGENT_SCRIPT], { stdio: ['pipe', 'ignore', 'pipe'] })
      let words = ''
      child.stderr.on('data', (bytes: Buffer) => (words += bytes.toString()))
      if (line === undefined) child.stdin.end()
      else child.stdin.write(`${line}\n`)
      const [code] = (await once(child, 'close')) as [number]
      expect([code, words]).to.deep.equal([1, text])
    })
})
