/** Others on the network of a job, at every port that it has opened: of the launcher for its agents, of the ranks for each other. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { describeRig, program, type RigJob } from './rig.ts'
import { drop, FLOOD, mechanism, say, SPEECHES } from './strangers.ts'

/** More than anybody may make all of a process's memory grow. */
const GROWTH = 64 << 20

describeRig('strangers on the network', (rig) => {
  /** Where a job with ranks on h1 and h2 listens. */
  function doors(job: RigJob): string[] {
    const own = execFileSync('ss', ['-Hltnp'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`pid=${job.child.pid},`))
      .map((line) => line.trim().split(/\s+/)[3] ?? '')
    expect(own).to.have.length(1)
    expect(own[0]?.replace(/:\d+$/, '')).to.equal(rig.hosts.ownAddress)
    const ranks = [1, 2].flatMap((host) => rig.hosts.listening(host))
    expect(ranks).to.have.length(3)
    return [...own, ...ranks]
  }

  async function started(...words: string[]): Promise<RigJob> {
    const job = rig.run(['-H', 'h1:2,h2:1', '--timeout', '50', ...words, program('until.mjs')])
    await job.until('met', 3)
    return job
  }

  async function finished(job: RigJob): Promise<void> {
    job.child.stdin?.end('go\n')
    expect(await job.ended, job.stderr).to.equal(0)
    expect(job.stdout.match(/sum 3$/gm)).to.have.length(3)
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  }

  /** Resident memory of each process of the job, in bytes. */
  function memory(): Map<number, number> {
    const resident = (pid: number): number => Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * 4096
    return new Map(rig.hosts.processes().map(({ pid }) => [pid, resident(pid)]))
  }

  it('are neither heard nor kept, whatever they say and for however long, at any port, and take no memory', async () => {
    const job = await started()
    const before = memory()
    for (const door of doors(job)) {
      expect(await mechanism(door)).to.equal('CURVE')
      for (const [what, speech, isEndless] of SPEECHES) {
        const taken = await say(door, speech, isEndless)
        expect(taken, `${what} at ${door}`).to.be.lessThan(FLOOD)
      }
    }
    const after = memory()
    expect([...after.keys()]).to.have.members([...before.keys()])
    for (const [pid, bytes] of after) expect(bytes - (before.get(pid) ?? 0)).to.be.lessThan(GROWTH)
    await finished(job)
    expect(job.stderr).to.equal('')
  })

  it('are told of by --insecure, in one line, and do no harm by chance', async () => {
    const job = await started('--insecure')
    for (const door of doors(job)) {
      expect(await mechanism(door)).to.equal('NULL')
      for (const [, speech, isEndless] of SPEECHES) if (!isEndless) await drop(door, speech)
    }
    await finished(job)
    expect(job.stderr).to.match(/^zmpirun: warning: --insecure: .* not encrypted.*\n$/)
  })
})
