import { execFileSync, spawnSync } from 'node:child_process'
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  isPassing,
  remoteCommand,
  splitWords,
  sshCommand,
  sshQuestion,
} from '../../../../src/launcher/remote/ssh-command.ts'
import { UsageError } from '../../../../src/launcher/usage-error.ts'

const PROGRAM = { node: '/usr/bin/node', script: '/opt/zmpi/agent.js' }

describe('sshCommand', () => {
  it('asks nothing, waits for a bounded time, and ends its options before the name', () => {
    const command = sshCommand('ssh', [], { name: 'h1', user: undefined }, PROGRAM)
    expect(command.slice(0, -1)).to.deep.equal('ssh -x -T -o BatchMode=yes -o ConnectTimeout=10 -- h1'.split(' '))
    expect(command.at(-1)).to.equal(remoteCommand(PROGRAM))
  })

  it('puts what the user says first, and the user name', () => {
    const command = sshCommand('ssh', ['-p', '2222'], { name: 'fe80::7', user: 'anna' }, PROGRAM)
    expect(command.slice(0, 3)).to.deep.equal(['ssh', '-p', '2222'])
    expect(command.slice(-5, -1)).to.deep.equal(['-l', 'anna', '--', 'fe80::7'])
  })

  it('asks ssh what it would do, in the same words', () => {
    expect(sshQuestion('ssh', ['-F', 'x'], { name: 'h1', user: undefined }).join(' ')).to.match(
      /^ssh -F x .* -G -- h1$/,
    )
  })
})

describe('remoteCommand', () => {
  let directory = ''
  before(() => (directory = mkdtempSync(join(tmpdir(), `zmpi it's "a" $b `))))
  after(() => rmSync(directory, { recursive: true }))

  const agent = (): string => {
    const script = join(directory, 'agent.cjs')
    writeFileSync(script, 'process.stdout.write(JSON.stringify([process.execPath, process.argv[1]]))')
    return script
  }

  for (const shell of ['sh', 'bash'])
    it(`runs the agent, whatever its path holds, when the login shell is ${shell}`, () => {
      const command = remoteCommand({ node: process.execPath, script: agent() })
      const said = execFileSync(shell, ['-c', command], { encoding: 'utf8' })
      expect(JSON.parse(said)).to.deep.equal([process.execPath, agent()])
    })

  it('looks for node in PATH when it is not where it is here', () => {
    const command = remoteCommand({ node: '/nowhere/node', script: agent() })
    const PATH = `${join(process.execPath, '..')}:/usr/bin:/bin`
    expect(JSON.parse(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8', env: { PATH } }))[1]).to.equal(
      agent(),
    )
  })

  it('tells where it has looked for node in vain', () => {
    const command = remoteCommand({ node: '/nowhere/node', script: agent() })
    const { status, stderr } = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8', env: { PATH: '/empty' } })
    expect([status, stderr]).to.deep.equal([127, 'zmpi: node not found (PATH=/empty)\n'])
  })

  it('tells that zmpi is not there', () => {
    const command = remoteCommand({ node: process.execPath, script: '/opt/it is/agent.js' })
    const { status, stderr } = spawnSync('/bin/sh', ['-c', command], { encoding: 'utf8' })
    expect(status).to.equal(126)
    expect(stderr).to.equal(
      'zmpi: this host has no /opt/it is/agent.js: install zmpi at the same place on every host\n',
    )
  })
})

describe('splitWords', () => {
  const cases: [string, string[]][] = [
    ['', []],
    ['  -p   2222 ', ['-p', '2222']],
    [`-o 'ProxyCommand=nc %h %p' -F "a \\"b\\" c"`, ['-o', 'ProxyCommand=nc %h %p', '-F', 'a "b" c']],
    [`a\\ b ''x`, ['a b', 'x']],
    [`''`, ['']],
  ]
  for (const [text, words] of cases)
    it(`takes ${JSON.stringify(text)} apart as a shell would`, () => expect(splitWords(text)).to.deep.equal(words))

  it('refuses a quote that is not closed', () => {
    expect(() => splitWords(`-F 'a`)).to.throw(UsageError, 'a quote is not closed')
  })
})

describe('isPassing', () => {
  it('is true for a busy sshd and a name server that does not answer, and for nothing else', () => {
    expect(isPassing(255, 'kex_exchange_identification: Connection closed by remote host')).to.equal(true)
    expect(isPassing(255, 'kex_exchange_identification: read: Connection reset by peer')).to.equal(true)
    expect(isPassing(255, 'ssh: Could not resolve hostname h1: Temporary failure in name resolution')).to.equal(true)
    expect(isPassing(255, 'ssh: connect to host h1 port 22: Connection refused')).to.equal(false)
    expect(isPassing(255, 'root@h1: Permission denied (publickey).')).to.equal(false)
    expect(isPassing(1, 'kex_exchange_identification: Connection closed by remote host')).to.equal(false)
  })
})
