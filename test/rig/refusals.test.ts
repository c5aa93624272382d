import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { describeRig, program } from './rig.ts'

describeRig('a host that cannot be used', (rig) => {
  /** A program to be called instead of ssh. */
  function script(name: string, text: string): string {
    const path = join(rig.hosts.directory, name)
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
    return path
  }

  const RING = program('ring.mjs')
  const cases: [string, string[], RegExp][] = [
    [
      'has a name that nobody knows',
      ['-H', 'h1,nowhere', RING],
      /^zmpirun: host nowhere could not be used: its name is not known here\n/,
    ],
    ['has no sshd', ['-H', 'h1,refused', RING], /^zmpirun: host refused could not be used: .*Connection refused\n/],
    [
      'does not know our key',
      ['-H', 'h1,stranger', RING],
      /^zmpirun: host stranger could not be used: .*Permission denied/,
    ],
    [
      'does not know the user',
      ['-H', 'h1,nobody-here@h2', RING],
      /^zmpirun: host h2 could not be used: .*Permission denied/,
    ],
    [
      'has no such interface',
      ['-H', 'h1,h2', '--interface', 'eth7', RING],
      /there is no --interface eth7; there are lo \(127/,
    ],
  ]
  for (const [what, words, text] of cases)
    it(`is told in one block, before anything runs, when it ${what}`, async () => {
      const job = rig.run(words)
      expect(await job.ended, job.stderr).to.equal(69)
      expect(job.stdout).to.equal('')
      expect(job.stderr).to.match(text)
      expect(job.stderr.match(/zmpirun:/g)).to.have.length(1)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

  it('is told when the working directory or the program is only here', async () => {
    const { onlyHere } = rig.hosts
    mkdirSync(join(onlyHere, 'work'), { recursive: true })
    copyFileSync(RING, join(onlyHere, 'program.mjs'))
    const job = rig.run(['-H', 'h1,h2', '--wdir', join(onlyHere, 'work'), RING])
    expect(await job.ended).to.equal(69)
    expect(job.stderr).to.include(`host h1 could not be used: --wdir ${onlyHere}/work: not a directory\n`)
    const other = rig.run(['-H', 'h2', join(onlyHere, 'program.mjs')])
    expect(await other.ended).to.equal(69)
    expect(other.stderr).to.include(`host h2 could not be used: program ${onlyHere}/program.mjs not found`)
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })

  it('is told together with the others that cannot', async () => {
    const job = rig.run(['-H', 'h1,nowhere,refused', RING])
    expect(await job.ended).to.equal(69)
    expect(job.stderr)
      .to.match(/^zmpirun: these hosts could not be used:\n/)
      .and.match(/^ {2}host nowhere could not be used: its name is not known here$/m)
      .and.match(/^ {2}host refused could not be used: .*Connection refused$/m)
  })

  it('is told when its login never comes to an end', async () => {
    const hanging = script(
      'hanging-ssh',
      'case "$*" in *" -G "*) exec ssh "$@";; *h2*) exec sleep 1000;; esac; exec ssh "$@"',
    )
    const job = rig.run(['-H', 'h1,h2', RING], { ZMPI_SSH: hanging, ZMPI_START_TIMEOUT: '6' })
    expect(await job.ended).to.equal(69)
    expect(job.stderr).to.match(/^zmpirun: host h2 could not be used: has not answered within 6 s\n/)
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })

  it('is used all the same when its login scripts print something', async () => {
    const chatty = script(
      'chatty-ssh',
      'case "$*" in *" -G "*) exec ssh "$@";; esac; echo Welcome; echo "quota: 3%" >&2; exec ssh "$@"',
    )
    const job = rig.run(['-H', 'h1,h2', RING], { ZMPI_SSH: chatty })
    expect(await job.ended, job.stderr).to.equal(0)
    expect(job.stdout).to.not.include('Welcome')
    expect(job.stderr).to.equal('')
  })

  it('is tried again when its sshd was too busy', async () => {
    const mark = join(rig.hosts.directory, 'tried')
    const busy = script(
      'busy-ssh',
      `case "$*" in *" -G "*) exec ssh "$@";; esac
       if [ ! -e ${mark} ]; then : > ${mark}; echo 'kex_exchange_identification: Connection closed by remote host' >&2; exit 255; fi
       exec ssh "$@"`,
    )
    const job = rig.run(['-H', 'h1', RING], { ZMPI_SSH: busy })
    expect(await job.ended, job.stderr).to.equal(0)
  })

  it('is told when ssh itself is missing', async () => {
    const job = rig.run(['-H', 'h1', RING], { ZMPI_SSH: '/nowhere/ssh' })
    expect(await job.ended).to.equal(69)
    expect(job.stderr).to.match(/host h1 could not be used: \/nowhere\/ssh is not in PATH\n/)
  })

  it('gets no name that ssh could take for an option', async () => {
    const job = rig.run(['-H', '-oProxyCommand=touch x', RING])
    expect(await job.ended).to.equal(2)
    expect(job.stderr).to.include('is not a host')
  })
})
