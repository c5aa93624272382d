import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keysFrom, z85 } from '../../../../src/launcher/direct/secret.ts'
import { Hub, Spoke } from '../../../../src/transport/zeromq/sockets.ts'

const TEXT = 'correct horse battery staple'

describe('the keys from a secret', () => {
  const directory = mkdtempSync(join(tmpdir(), 'zmpi-test-'))
  after(() => rmSync(directory, { recursive: true }))

  it('are the same for all who know it, and others for another job or secret', () => {
    const keys = keysFrom({ text: TEXT }, 'job 1')
    expect(keysFrom({ text: `${TEXT}\n` }, 'job 1')).to.deep.equal(keys)
    expect(keysFrom({ text: TEXT }, 'job 2')).to.not.deep.equal(keys)
    expect(keysFrom({ text: `${TEXT}!` }, 'job 1')).to.not.deep.equal(keys)
  })

  it('open the door of a hub that has them too', async () => {
    const keys = keysFrom({ text: TEXT }, 'job')
    if (keys === 'none') throw new Error('no keys')
    const hub = new Hub(1000, keys)
    const spoke = new Spoke('me', await hub.bind('tcp://127.0.0.1:*').then((address) => address), 1000, keys, () => {})
    spoke.send([Buffer.from('hello')])
    expect((await hub.receive()).map(String)).to.deep.equal(['me', 'hello'])
    spoke.close()
    hub.close()
  })

  it('come from a file that not everybody may read', () => {
    const file = join(directory, 'secret')
    writeFileSync(file, `${TEXT}\n`, { mode: 0o600 })
    expect(keysFrom({ file }, 'job')).to.deep.equal(keysFrom({ text: TEXT }, 'job'))
    const open = join(directory, 'open')
    writeFileSync(open, TEXT, { mode: 0o644 })
    expect(() => keysFrom({ file: open }, 'job')).to.throw(/may be used by everybody: chmod 600/)
    expect(() => keysFrom({ file: join(directory, 'none') }, 'job')).to.throw(/ENOENT/)
  })

  it('need more than a word', () => {
    expect(() => keysFrom({ text: 'geheim' }, 'job')).to.throw('ZMPI_SECRET has 6 characters; legal: 16 or more')
  })

  it('are none only when the user says so', () => {
    expect(keysFrom('insecure', 'job')).to.equal('none')
  })

  it('are written as ZeroMQ does', () => {
    // The test vector of ZeroMQ RFC 32.
    expect(z85(Buffer.from('864FD26FB559F75B', 'hex'))).to.equal('HelloWorld')
  })
})
