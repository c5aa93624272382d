/** What others can learn of ranks that srun or mpiexec itself has started, and what comes of what they say to them. */
import { expect } from 'chai'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keysFrom } from '../../src/launcher/direct/secret.ts'
import type { Keys } from '../../src/transport/zeromq/keys.ts'
import { createKeys, Spoke } from '../../src/transport/zeromq/sockets.ts'
import { describeSlurm, program, type RigJob } from './rig.ts'
import { FLOOD, mechanism, say, SPEECHES } from './strangers.ts'
import { filesIn, readIfThere } from './traces.ts'

const TEXT = 'correct horse battery staple'
const TWO = ['srun', '-Q', '-N2', '--ntasks-per-node=2', '--cpus-per-task=1']
const ONE = ['srun', '-Q', '-N1', '-n3', '--cpus-per-task=1', '-w', 'h1']

describeSlurm('the secrets of ranks that zmpirun has not started', (rig) => {
  async function met(
    ranks: number,
    words: readonly string[],
    environment: Record<string, string> = {},
    name: string = 'until.mjs',
  ): Promise<RigJob> {
    const job = rig.command([...words, process.execPath, program(name)], environment)
    await job.until('met', ranks)
    return job
  }

  async function finished(job: RigJob, sum: number): Promise<void> {
    job.child.stdin?.end('go\n')
    expect(await job.ended, job.stderr).to.equal(0)
    expect(job.stdout.match(new RegExp(`sum ${sum}$`, 'gm'))).to.have.length(sum === 3 ? 3 : 4)
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  }

  for (const [title, host, words, environment] of [
    ['srun --mpi=pmi2', 1, [...ONE, '--mpi=pmi2'], {}],
    ['srun', 1, [...ONE, '--mpi=none'], {}],
    ['srun, by ZeroMQ,', 1, [...ONE, '--mpi=pmi2'], { ZMPI_TRANSPORT: 'zmq' }],
    ['mpiexec', 0, ['mpiexec.hydra', '-n', '3'], {}],
  ] as const)
    it(`need no port on a host that has all ranks of ${title}`, async () => {
      const job = await met(3, words, environment)
      expect(rig.hosts.doors(host)).to.deep.equal([])
      await finished(job, 3)
    })

  const without = (doors: readonly string[]) => doors.map((door) => door.replace(/:\d+$/, ''))

  it('are needed at every port that is open, and open are those that are documented', async () => {
    const { hosts } = rig
    const job = await met(4, [...TWO, '--mpi=pmi2'])
    const [onFirst, onSecond] = [without(hosts.doors(1)), without(hosts.doors(2))]
    const addresses = (host: number) => [hosts.address(host), hosts.secondAddress(host)]
    // The coordinator's, at every address, and one for each rank, at that by which the hosts reach each other.
    const coordinator = addresses(1).flatMap((address) => [`tcp ${address}`, `udp ${address}`])
    expect(onFirst).to.have.length(6)
    expect(onFirst).to.include.members(coordinator)
    expect(new Set(onFirst)).to.have.length(4)
    expect(onSecond).to.have.length(2)
    expect(addresses(2).map((address) => `tcp ${address}`)).to.include.members(onSecond)
    for (const door of [1, 2].flatMap((host) => hosts.doors(host))) {
      const [protocol, address = ''] = door.split(' ')
      if (protocol !== 'tcp') continue
      expect(await mechanism(address)).to.equal('CURVE')
      for (const [what, speech, isEndless] of SPEECHES)
        expect(await say(address, speech, isEndless), `${what} at ${address}`).to.be.lessThan(FLOOD)
      await shutOut(`tcp://${address}`)
    }
    await finished(job, 6)
    expect(job.stderr).to.equal('')
  })

  it('leave only ports of the network that is chosen', async () => {
    const { hosts } = rig
    const network = `${hosts.secondAddress(0)}/24`
    const job = await met(4, [...TWO, '--mpi=pmi2'], { ZMPI_INTERFACE: network })
    const doors = [1, 2].map((host) => new Set(without(hosts.doors(host))))
    const [first, second] = [hosts.secondAddress(1), hosts.secondAddress(2)]
    expect(doors).to.deep.equal([new Set([`tcp ${first}`, `udp ${first}`]), new Set([`tcp ${second}`])])
    await finished(job, 6)
  })

  for (const [title, environment, ownSecret] of [
    ['PMI', {}, false],
    ['a secret', { ZMPI_SECRET: TEXT }, true],
    ['a file', {}, true],
  ] as const)
    it(`stand in no command line, environment, log or file, with ${title}`, async () => {
      const file = join(rig.hosts.directory, 'secret')
      writeFileSync(file, TEXT, { mode: 0o600 })
      const more = title === 'a file' ? { ZMPI_SECRET_FILE: file } : environment
      const mpi = title === 'PMI' ? '--mpi=pmi2' : '--mpi=none'
      const job = await met(4, [...TWO, mpi], { ...more, ZMPI_LOG_LEVEL: 'trace' }, 'told.mjs')
      const said = JSON.parse(job.lines.find((line) => line.startsWith('{')) ?? '') as { keys: Keys; job: string }
      const derived = ownSecret ? keysFrom({ text: TEXT }, `srun ${said.job} `) : 'none'
      const secrets = [said.keys, derived].flatMap((keys) => (keys === 'none' ? [] : [keys.publicKey, keys.secretKey]))
      expect(new Set(secrets)).to.have.length(ownSecret ? 4 : 2)

      const own = rig.hosts.processes()
      expect(own.length).to.be.at.least(8)
      const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
      const processes = all.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`])
      const files = [0, 1, 2].flatMap((host) => filesIn(rig.hosts.temporary(host)))
      for (const place of [...processes, ...files])
        for (const secret of secrets) expect(readIfThere(place), place).to.not.include(secret)
      const logs = [job.stderr, ...[0, 1, 2, 3].map((node) => rig.slurm.log(node))]
      for (const log of logs) for (const secret of [...secrets, TEXT]) expect(log).to.not.include(secret)
      // Who sets a variable gives it to the processes of the job, and to nobody else.
      const mayHold = new Set(title === 'a secret' ? own.map(({ pid }) => `/proc/${pid}/environ`) : [])
      for (const place of [...processes, ...files].filter((one) => !mayHold.has(one)))
        expect(readIfThere(place), place).to.not.include(TEXT)
      await finished(job, 6)
    })
})

/** Resolves when a member of another job, which speaks the same protocol with other keys, has been hung up on unheard. */
async function shutOut(endpoint: string): Promise<void> {
  let heard: (how: string) => void = () => {}
  const broken = new Promise<string>((resolve) => (heard = resolve))
  const spoke = new Spoke('stranger', endpoint, 1 << 20, createKeys(), heard)
  spoke.send([Buffer.from('{"type":"hello"}')])
  const answer = spoke.receive().then(
    () => 'an answer',
    () => 'nothing',
  )
  expect(await Promise.race([broken, answer])).to.match(/closed|handshake|refused/)
  spoke.close()
  await answer
}
