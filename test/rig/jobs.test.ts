import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeRig, program } from './rig.ts'
import { expectLines, WHOLE_SUITE } from './whole-suite.ts'

const THREE = ['-H', 'h1:2,h2:2,h3:2']

describeRig('a job on three hosts', (rig) => {
  for (const { name, words, lines } of WHOLE_SUITE)
    it(`passes ${name}, and leaves nothing`, async () => {
      const job = rig.run([...THREE, ...words])
      expect(await job.ended, job.stderr).to.equal(0)
      expect(job.stderr).to.equal('')
      expectLines(job.stdout, lines)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

  it('starts 64 ranks, which meet, and leaves nothing', async function () {
    this.timeout(180_000)
    const job = rig.run(['-H', 'h1:22,h2:21,h3:21', program('barrier.mjs')])
    expect(await job.ended, job.stderr).to.equal(0)
    expect(job.stdout.match(/met/g)).to.have.length(64)
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })

  for (const transport of ['auto', 'zmq'])
    it(`runs on this machine and two others at once, dealt out by node, by --transport ${transport}`, async () => {
      const placed = ['-H', 'localhost:2,h2:2,h3:1', '--map-by', 'node', '--transport', transport]
      const job = rig.run([...placed, program('ring.mjs')])
      expect(await job.ended, job.stderr).to.equal(0)
      const hosts = job.lines.slice(1).map((line) => /on (\S+) .* neighbours (\d)/.exec(line)?.slice(1))
      expect(hosts.map((found) => found?.[1])).to.deep.equal(['2', '2', '1', '2', '2'])
      expect([1, 2, 4].map((rank) => hosts[rank]?.[0])).to.deep.equal(['h2', 'h3', 'h2'])
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

  it('hands on arguments, working directory and variables exactly, and of its own environment only what is harmless', async () => {
    const directory = join(rig.hosts.directory, `a "b" 'c' $d`)
    mkdirSync(directory, { recursive: true })
    const words = ['', 'a b', `it's "x"`, '$HOME `id` \\', '*', 'new\nline', 'grüße 🚀', '-n', '--']
    const job = rig.run(
      [
        '--no-label',
        '-H',
        'h2',
        '-x',
        `GIVEN=a 'b' "c" $d`,
        '-x',
        'EMPTY=',
        '--wdir',
        directory,
        program('tell.mjs'),
        ...words,
      ],
      { LANG: 'C.UTF-8', SECRET_TOKEN: 'x', NODE_OPTIONS: '--no-warnings' },
    )
    expect(await job.ended, job.stderr).to.equal(0)
    expect(JSON.parse(job.stdout)).to.deep.equal({
      words,
      directory,
      variables: { GIVEN: `a 'b' "c" $d`, EMPTY: '', LANG: 'C.UTF-8', SECRET_TOKEN: null, NODE_OPTIONS: null },
    })
  })

  it('carries megabytes of input and output there and back', async () => {
    const input = Array.from({ length: 200_000 }, (_, line) => `line ${line} of a long text\n`).join('')
    const job = rig.run(['--no-label', '-n', '1', '-H', 'h3', program('echo.mjs')])
    job.child.stdin?.end(input)
    expect(await job.ended, job.stderr).to.equal(0)
    expect(job.stderr.trim()).to.equal(createHash('sha256').update(input).digest('hex'))
    expect(job.stdout === input).to.equal(true)
  })

  it('ends quietly when nobody reads its output any more', async () => {
    const job = rig.run([...THREE, '/bin/sh', '-c', 'yes'])
    await job.until('y', 100)
    job.child.stdout?.destroy()
    expect(await job.ended).to.equal(141)
    expect(job.stderr).to.equal('')
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })

  for (const [how, status, text] of [
    ['exit', 3, /^zmpirun: rank 3 on h2 \(pid \d+\) exited with code 3\n/],
    [
      'throw',
      1,
      /^zmpirun: rank 3 on h2 \(pid \d+\) exited with code 1\n {2}its last words:\n(.*\n)*.*the pump is dry/,
    ],
    ['kill', 137, /^zmpirun: rank 3 on h2 \(pid \d+\) was killed by SIGKILL\n/],
  ] as const)
    it(`ends with the first failure, a rank that ends by ${how}, and names its host`, async () => {
      const job = rig.run([...THREE, program('fail.mjs'), how, '3'])
      expect(await job.ended, job.stderr).to.equal(status)
      expect(job.stderr).to.match(text).and.include('5 other ranks stopped')
      expect(job.stderr.match(/zmpirun:/g)).to.have.length(1)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })

  it('takes the hosts of a job of PBS', async () => {
    const file = join(rig.hosts.directory, 'nodes')
    writeFileSync(file, 'h2\nh2\nh3\n')
    const job = rig.run(['--display-map', program('ring.mjs')], { PBS_JOBID: '7.head', PBS_NODEFILE: file })
    expect(await job.ended, job.stderr).to.equal(0)
    expect(job.stderr).to.match(/^hosts: job 7.head of PBS\n/)
    expect(job.lines.slice(1).map((line) => line.split(' ')[2])).to.deep.equal(['h2', 'h2', 'h3'])
  })

  it('ends on Ctrl-C, everywhere', async () => {
    const job = rig.run([...THREE, program('wait.mjs')])
    await job.until('met', 6)
    job.child.kill('SIGINT')
    expect(await job.ended).to.equal(130)
    expect(await rig.hosts.leftovers()).to.deep.equal([])
  })
})
