/** An Indexed Job of Kubernetes: in each pod the processes are counted from 1, so they have the same numbers. */
import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { setTimeout as pause } from 'node:timers/promises'
import { describeRig, program, type RigJob } from './rig.ts'

describeRig('pods', (rig) => {
  /** The first port of a range of its own for each test process. */
  const port = 30_000 + (process.pid % 20_000)

  function pod(index: number): RigJob {
    const apart = ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child']
    return rig.command([...apart, process.execPath, program('ring.mjs')], {
      ...{ JOB_COMPLETION_INDEX: String(index), ZMPI_SIZE: '3', ZMPI_RENDEZVOUS: `${rig.hosts.ownAddress}:${port}` },
      ...{ ZMPI_SECRET: 'correct horse battery staple', ZMPI_LOG_LEVEL: 'debug' },
    })
  }

  it('find each other at once, although their processes have the same numbers', async () => {
    const first = pod(0)
    const isOpen = () =>
      execFileSync('ss', ['-Hltn'], { encoding: 'utf8' }).includes(`${rig.hosts.ownAddress}:${port} `)
    while (!isOpen() && first.child.exitCode === null) await pause(50)
    const pods = [first, pod(1), pod(2)]
    for (const { ended } of pods) await ended
    for (const { child, stderr } of pods) expect(child.exitCode, stderr).to.equal(0)
    // Whoever finds the door open enters at the first attempt.
    for (const { stderr } of pods.slice(1)) expect(stderr.match(/"looking for rank 0"/g)).to.have.length(1)
    expect(first.stdout).to.match(/^P0P1P2\n/)
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })
})
