import { expect } from 'chai'
import { describeRig, program, type RigJob } from './rig.ts'

const THREE = ['-H', 'h1:2,h2:2,h3:2']

describeRig('a job on three hosts that loses a part', (rig) => {
  async function started(...words: string[]): Promise<RigJob> {
    const job = rig.run([...THREE, ...words])
    await job.until('met', 6)
    return job
  }

  /** Kills the processes on a host whose command line fits. */
  function kill(host: number, pattern: RegExp): void {
    const victims = rig.hosts.processes().filter((process) => process.host === host && pattern.test(process.command))
    expect(victims).to.have.length(1)
    for (const { pid } of victims) process.kill(pid, 'SIGKILL')
  }

  for (const words of [[program('wait.mjs')], [program('wait.mjs'), 'busy']])
    it(`leaves nothing when the launcher is killed while ranks ${words[1] === undefined ? 'wait' : 'compute'}`, async () => {
      const job = await started(...words)
      job.child.kill('SIGKILL')
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

  for (const [what, host, pattern] of [
    ['an agent', 2, /agent-main\.js/],
    ['an ssh', 0, /^ssh .* h2 /],
  ] as const)
    it(`names the host, ends and leaves nothing when ${what} is killed`, async () => {
      const job = await started(program('wait.mjs'), 'busy')
      kill(host, pattern)
      expect(await job.ended).to.equal(69)
      expect(job.stderr).to.match(/^zmpirun: host h2 was lost: /)
      expect(job.stderr.match(/zmpirun:/g)).to.have.length(1)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

  it('takes ranks that compute for alive, however short the lease', async () => {
    const job = await started('--lease', '0.5', '--timeout', '3', program('wait.mjs'), 'busy')
    expect(await job.ended).to.equal(110)
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })

  it('tells that a host was cut off, and nothing is left on either side', async () => {
    const job = await started('--lease', '1', program('wait.mjs'), 'busy')
    rig.hosts.cut(3, true)
    try {
      expect(await job.ended).to.equal(69)
      expect(job.stderr).to.match(/^zmpirun: host h3 was lost: it has been silent for 1 s\n {2}6 ranks stopped\n/)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    } finally {
      rig.hosts.cut(3, false)
    }
  })

  it('survives Ctrl-Z for longer than the lease', async () => {
    const job = await started('--lease', '1', program('wait.mjs'))
    job.child.kill('SIGTSTP')
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect(rig.hosts.processes().filter(({ command }) => command.includes('agent-main'))).to.have.length(6)
    job.child.kill('SIGCONT')
    job.child.kill('SIGINT')
    expect(await job.ended).to.equal(130)
    expect(job.stderr).to.not.include('lost')
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })

  it('loses nothing by a cut that is shorter than the lease', async () => {
    const job = await started('--lease', '4', '--timeout', '6', program('wait.mjs'))
    rig.hosts.cut(3, true)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    rig.hosts.cut(3, false)
    expect(await job.ended).to.equal(110)
    expect(job.stderr).to.not.include('lost')
  })
})
