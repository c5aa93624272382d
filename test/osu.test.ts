/** The OSU-style programs: each runs, checks its own data, and prints what OSU's prints. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

async function osu(program: string, ranks: number, ...words: string[]): Promise<string> {
  const path = `${ROOT}dist/examples/osu/${program}.js`
  const command = [`${ROOT}bin/zmpirun.js`, '--no-label', '-n', String(ranks), path, '-i', '3', '-x', '1', ...words]
  return (await promisify(execFile)(process.execPath, command)).stdout
}

/** Sizes and figures of the lines below the heading. */
function figures(output: string): number[][] {
  const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => line.trim().split(/ +/).map(Number))
}

describe('examples/osu', () => {
  const sized: [program: string, ranks: number, columns: number][] = [
    ['latency', 2, 2],
    ['bw', 2, 2],
    ['bibw', 2, 2],
    ['mbw-mr', 4, 3],
    ['bcast', 3, 2],
    ['allreduce', 3, 2],
    ['allgather', 3, 2],
    ['alltoall', 3, 2],
  ]
  for (const [program, ranks, columns] of sized) {
    it(`${program} prints a line for each size on ${ranks} ranks`, async () => {
      const output = await osu(program, ranks, '-m', '4096:16384')
      expect(output).to.match(/^\n# OSU MPI .* Test, on zmpi\n# Size +\S/)
      const lines = figures(output)
      expect(lines.map(([size]) => size)).to.deep.equal([4096, 8192, 16384])
      expect(lines.every((line) => line.length === columns && line.every((figure) => figure > 0))).to.equal(true)
    })
  }

  it('barrier prints one figure', async () => {
    const [line, ...rest] = figures(await osu('barrier', 3))
    expect([line?.length, rest.length]).to.deep.equal([1, 0])
  })

  it('says which numbers of ranks a program runs on', async () => {
    const failure = await osu('latency', 3).then(
      () => undefined,
      (error: unknown) => error as { code: number; stderr: string },
    )
    expect(failure?.code).to.equal(1)
    expect(failure?.stderr).to.contain('this test runs on two ranks, not on 3')
  })
})
