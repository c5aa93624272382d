/** `mpiexec node program.js` with MPICH's launcher: nobody has called zmpirun. */
import { expect } from 'chai'
import { existsSync } from 'node:fs'
import { program, together, type Ended } from './launched.ts'

const HYDRA = '/usr/bin/mpiexec.hydra'

async function mpiexec(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const [ended] = await together([[HYDRA, ...words]], [environment])
  if (ended === undefined) throw new Error('bug: nothing has run')
  return ended
}

function ringOf(size: number): string[] {
  const sum = (size * (size - 1)) / 2
  const line = `on [^ ]+ sum ${sum} last 299999 neighbours ${size}`
  return [Array.from({ length: size }, (_, rank) => `P${rank}`).join(''), ...Array<string>(size).fill(line)]
}

const isMissing = !existsSync(HYDRA)
if (isMissing && process.env['ZMPI_TEST_REQUIRE'] === undefined)
  process.stdout.write('not tested here: mpiexec of Node itself: mpich is not installed\n')
else
  describe('mpiexec of Node itself', function () {
    this.timeout(120_000)
    const node = process.execPath

    for (const [size, options, environment] of [
      [2, [], {}],
      [5, [], {}],
      [3, ['-pmi-port'], {}],
      [3, [], { ZMPI_TRANSPORT: 'zmq' }],
    ] as const)
      it(`passes a ring, reduces and broadcasts: -n ${size} ${[...options, ...Object.values(environment)].join(' ')}`, async () => {
        const ended = await mpiexec([...options, '-n', String(size), node, program('ring.mjs', 'rig')], environment)
        expect([ended.code, ended.stderr]).to.deep.equal([0, ''])
        const lines = ended.stdout.trim().split('\n').toSorted()
        for (const [index, pattern] of ringOf(size).entries()) expect(lines[index]).to.match(new RegExp(`^${pattern}$`))
      })

    it('ends well when nobody communicates', async () => {
      const ended = await mpiexec(['-n', '3', node, program('place.mjs')])
      expect([ended.code, ended.stderr]).to.deep.equal([0, ''])
      expect(ended.stdout.trim().split('\n').toSorted()).to.deep.equal([0, 1, 2].map((rank) => `rank ${rank} of 3`))
    })

    for (const [how, which, code, text] of [
      ['exit', 1, 3, /^zmpi: rank 1 on \S+ \(pid \d+\) exited with code 3\n/m],
      ['throw', 0, 1, /^zmpi: rank 0 on \S+ \(pid \d+\) exited with code 1\n/m],
      ['abort', 2, 7, /^zmpi: rank 2 on \S+ \(pid \d+\) aborted the job with code 7\n/m],
      ['deadlock', -1, 70, /^zmpi: deadlock: all 3 ranks wait for messages/m],
    ] as const)
      it(`ends with ${code}, and says so once, when a rank ends the job by ${how}`, async () => {
        const ended = await mpiexec(['-n', '3', node, program('fail.mjs'), how, String(which)])
        expect(ended.code, ended.stderr).to.equal(code)
        expect(ended.stderr).to.match(text)
        expect(ended.stderr.match(/^zmpi:/gm)).to.have.length(1)
      })

    it('ends when a rank is killed', async () => {
      const { code } = await mpiexec(['-n', '3', node, program('fail.mjs'), 'kill', '1'])
      expect(code).to.equal(9)
    })

    it('says what to do when a wrapper has closed the descriptor', async () => {
      const ring = program('ring.mjs', 'rig')
      const { code, stderr } = await mpiexec(['-n', '2', node, program('wrapper.mjs'), ring])
      expect(code, stderr).to.not.equal(0)
      expect(stderr)
        .to.match(/ERR_LAUNCH/)
        .and.match(/wrapper \(npx, tsx, nodemon\).*mpiexec -pmi-port/)
      const ended = await mpiexec(['-pmi-port', '-n', '2', node, program('wrapper.mjs'), ring])
      expect(ended.code, ended.stderr).to.equal(0)
      expect(ended.stdout).to.include('P0P1')
    })
  })
