/** Others on the network of a job, at every port that it has opened: of the launcher for its agents, of the ranks for each other. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect } from 'chai'
import { describeRig, program, type RigJob } from './rig.ts'

/** More than anybody may make a process take. */
const FLOOD = 256 << 20
const GROWTH = 64 << 20

/** The first words of ZMTP 3.0, after which a frame may follow. */
function greeting(proof: string): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.write('ff00000000000000017f0300', 'hex')
  bytes.write(proof, 12)
  return bytes
}

const LONG = Buffer.from('0000010000000000', 'hex')
/** What is said, and whether it goes on for ever. */
const SPEECHES: [string, Buffer, boolean][] = [
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), false],
  ['noise', Buffer.alloc(5000, 0xa7), false],
  ['noise without end', Buffer.alloc(64, 0xa7), true],
  ['ZMTP 1.0', Buffer.concat([Buffer.from([8, 0]), Buffer.from('zmpi 1 1'), Buffer.alloc(100)]), false],
  ['ZMTP 1.0 with a frame without end', Buffer.concat([Buffer.from([1, 0, 0xff]), LONG]), true],
  ['ZMTP 2.0', Buffer.concat([Buffer.from('ff00000000000000017f0105', 'hex'), Buffer.alloc(100)]), false],
  ['plain ZMTP 3.0', Buffer.concat([greeting('NULL'), Buffer.from('0419055245414459', 'hex')]), false],
  ['encrypted ZMTP 3.0 with a greeting without end', Buffer.concat([greeting('CURVE'), Buffer.from([6]), LONG]), true],
]

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

/** How an open port wants its peers to prove themselves. */
function mechanism(door: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = Buffer.alloc(0)
    const socket = open(door)
    socket.on('error', reject)
    socket.on('data', (bytes) => {
      heard = Buffer.concat([heard, bytes])
      if (heard.length < 32) return
      resolve(heard.toString('latin1', 12, 32).replaceAll('\0', ''))
      socket.destroy()
    })
    // No more than makes it answer: what does not suit it would end the connection.
    socket.write(greeting('').subarray(0, 12))
  })
}

/** Speaks until the other side hangs up, or takes all of a flood. Resolves with the bytes that were taken. */
function say(door: string, speech: Buffer, isEndless: boolean): Promise<number> {
  const block = Buffer.alloc(1 << 20, 0x5a)
  return new Promise((resolve) => {
    const socket = open(door)
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(socket.bytesWritten))
    socket.resume()
    const goOn = (error?: Error | null): void => {
      if (error) return
      if (socket.bytesWritten < FLOOD) socket.write(block, goOn)
      else socket.destroy()
    }
    if (isEndless) socket.write(speech, goOn)
    else socket.end(speech)
  })
}

/** Says something and leaves. */
function drop(door: string, speech: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = open(door)
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.write(speech, () => socket.destroy())
  })
}

function open(door: string): ReturnType<typeof connect> {
  return connect(Number(/\d+$/.exec(door)?.[0]), door.replace(/:\d+$/, ''))
}
