import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Keys } from '../../src/transport/zeromq/keys.ts'
import { describeRig, program } from './rig.ts'
import { filesIn, readIfThere } from './traces.ts'

describeRig('the secrets of a job', (rig) => {
  it('stand in no command line, environment, log or file', async () => {
    const heard = join(rig.hosts.directory, 'heard')
    const eavesdropper = join(rig.hosts.directory, 'eavesdropping-ssh')
    writeFileSync(eavesdropper, `#!/bin/sh\ncase "$*" in *" -G "*) exec ssh "$@";; esac\ntee ${heard} | ssh "$@"\n`)
    chmodSync(eavesdropper, 0o755)
    const job = rig.run(
      [
        '-H',
        'h1:2,h2:1',
        '--log-level',
        'trace',
        '--no-label',
        '/bin/sh',
        '-c',
        'read line <&3; echo "$line"; sleep 100',
      ],
      { ZMPI_SSH: eavesdropper },
    )
    await job.until('network', 3)
    const { keys } = JSON.parse(readFileSync(heard, 'utf8').split('\n')[0] ?? '') as { keys: Keys }
    const told = JSON.parse(job.lines.find((line) => line.includes('"network"')) ?? '') as { network: { keys: Keys } }
    const secrets = [keys, told.network.keys].flatMap(({ publicKey, secretKey }) => [publicKey, secretKey])
    expect(new Set(secrets)).to.have.length(4)

    const jobs = rig.hosts.processes()
    expect(jobs.length).to.be.greaterThan(6)
    const places = jobs.flatMap(({ pid }) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`])
    const files = [0, 1, 2].flatMap((host) => filesIn(rig.hosts.temporary(host)))
    for (const place of [...places, ...files])
      for (const secret of secrets) expect(readIfThere(place), place).to.not.include(secret)
    for (const secret of secrets) expect(job.stderr).to.not.include(secret)
    job.child.kill('SIGTERM')
    await job.ended
  })

  it('are needed at every port that is open, and open are only those of the chosen network', async () => {
    const job = rig.run(['-H', 'h1:2,h2:1', program('wait.mjs')])
    await job.until('met', 3)
    const onFirst = rig.hosts.listening(1)
    expect(onFirst).to.have.length(2)
    for (const address of onFirst) expect(address.replace(/:\d+$/, '')).to.equal(rig.hosts.address(1))
    job.child.kill('SIGTERM')
    await job.ended
  })

  for (const words of [
    ['-H', 'h1:3'],
    ['-H', 'h1:3', '--transport', 'zmq'],
  ])
    it(`need no port on a host that has all ranks: ${words.join(' ')}`, async () => {
      const job = rig.run([...words, program('wait.mjs')])
      await job.until('met', 3)
      expect(rig.hosts.listening(1)).to.deep.equal([])
      job.child.kill('SIGTERM')
      await job.ended
    })

  it('need no port at all when all ranks are here', async () => {
    const job = rig.run(['-n', '3', '--oversubscribe', '--transport', 'zmq', program('wait.mjs')])
    await job.until('met', 3)
    const ports = execFileSync('ss', ['-Hltnp'], { encoding: 'utf8' })
    for (const { pid } of rig.hosts.processes()) expect(ports).to.not.include(`pid=${pid},`)
    job.child.kill('SIGTERM')
    await job.ended
  })
})
