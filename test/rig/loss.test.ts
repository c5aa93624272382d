import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { describeRig, program, type RigJob } from './rig.ts'

const THREE = ['-H', 'h1:2,h2:2,h3:2']
const AGENT = /agent-main\.js/
const RANK = /node .*wait\.mjs/

describeRig('a job on three hosts that loses a part', (rig) => {
  async function started(...words: string[]): Promise<RigJob> {
    const job = rig.run([...THREE, ...words])
    await job.until('met', 6)
    return job
  }

  /** The one process on a host whose command line fits; of ranks, the first. */
  function processOn(host: number, pattern: RegExp): number {
    const [found, ...more] = rig.hosts.processes().filter((process) => {
      return process.host === host && pattern.test(process.command)
    })
    if (found === undefined) throw new Error(`host ${host} has no process like ${String(pattern)}`)
    if (pattern !== RANK) expect(more).to.have.length(0)
    return found.pid
  }

  const parentOf = (pid: number): number =>
    Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])

  for (const words of [[program('wait.mjs')], [program('wait.mjs'), 'busy']])
    it(`leaves nothing when the launcher is killed while ranks ${words[1] === undefined ? 'wait' : 'compute'}`, async () => {
      const job = await started(...words)
      job.child.kill('SIGKILL')
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

  for (const [what, victim] of [
    ['an agent', () => processOn(2, AGENT)],
    ['an ssh', () => processOn(0, /^ssh .* h2 /)],
    ['the sshd of a session', () => parentOf(processOn(2, AGENT))],
  ] as const)
    it(`names the host, ends and leaves nothing when ${what} is killed`, async () => {
      const job = await started(program('wait.mjs'), 'busy')
      process.kill(victim(), 'SIGKILL')
      expect(await rig.hosts.leftovers()).to.deep.equal([])
      expect(await job.ended).to.equal(69)
      expect(job.stderr).to.match(/^zmpirun: host h2 was lost: /)
      expect(job.stderr.match(/zmpirun:/g)).to.have.length(1)
    })

  it('names the rank, ends and leaves nothing when a rank is killed', async () => {
    const job = await started(program('wait.mjs'), 'busy')
    process.kill(processOn(2, RANK), 'SIGKILL')
    expect(await rig.hosts.leftovers()).to.deep.equal([])
    expect(await job.ended).to.equal(137)
    expect(job.stderr).to.match(/^zmpirun: rank [23] on h2 \(pid \d+\) was killed by SIGKILL\n/)
  })

  it('takes ranks that compute for longer than the lease for alive', async () => {
    const job = await started('--lease', '2', program('wait.mjs'), 'busy')
    await new Promise((resolve) => setTimeout(resolve, 5000))
    job.child.kill('SIGTERM')
    expect(await job.ended).to.equal(143)
    expect(job.stderr).to.not.include('lost')
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })

  it('tells that a host was cut off, and nothing is left on either side', async () => {
    const job = await started('--lease', '2', program('wait.mjs'), 'busy')
    rig.hosts.cut(3, true)
    try {
      expect(await rig.hosts.leftovers()).to.deep.equal([])
      expect(await job.ended).to.equal(69)
      expect(job.stderr).to.match(/^zmpirun: host h3 was lost: it has been silent for 2 s\n {2}6 ranks stopped\n/)
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

  it('takes no packet for lost that a cut shorter than the lease holds up, although all wait for it', async () => {
    const job = await started('--lease', '10', '--timeout', '90', program('late-answer.mjs'))
    rig.hosts.block(3, true)
    await new Promise((resolve) => setTimeout(resolve, 5000))
    rig.hosts.block(3, false)
    expect([await job.ended, job.stderr]).to.deep.equal([0, ''])
    expect(job.stdout.match(/done/g)).to.have.length(6)
  }).timeout(120_000)

  it('loses nothing by a cut of 0.8 of the lease', async () => {
    const lease = 10
    const job = await started('--lease', String(lease), program('until.mjs'))
    rig.hosts.block(3, true)
    await new Promise((resolve) => setTimeout(resolve, 0.8 * lease * 1000))
    rig.hosts.block(3, false)
    // What was silent has to be heard again.
    await new Promise((resolve) => setTimeout(resolve, lease * 1000))
    job.child.stdin?.end('go\n')
    expect(await job.ended, job.stderr).to.equal(0)
    expect(job.stderr).to.equal('')
    expect(job.stdout.match(/sum 15$/gm)).to.have.length(6)
  }).timeout(120_000)
})
