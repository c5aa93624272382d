/** Ranks of launchers that speak through variables alone: this test starts the processes as they do. */
import { expect } from 'chai'
import { createServer, type AddressInfo } from 'node:net'
import { asRanks, program } from './launched.ts'

const SECRET = { ZMPI_SECRET: 'correct horse battery staple' }
const RING = [program('ring.mjs', 'rig')]

/** A port that nobody uses at this moment. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('ranks that know each other by variables', function () {
  this.timeout(120_000)
  let port = 0
  beforeEach(async () => (port = await freePort()))

  const torchrun = (rank: number) => ({
    ...{ RANK: String(rank), WORLD_SIZE: '3', LOCAL_RANK: String(rank) },
    ...{ MASTER_ADDR: '127.0.0.1', MASTER_PORT: String(port - 1), TORCHELASTIC_RUN_ID: 'test' },
  })
  const kinds: [string, (rank: number) => Record<string, string>][] = [
    ['torchrun, one host', (rank) => ({ ...torchrun(rank), LOCAL_WORLD_SIZE: '3' })],
    ['torchrun, an address and a secret', (rank) => ({ ...torchrun(rank), ...SECRET })],
    [
      'an Indexed Job with a rendezvous',
      (rank) => ({
        ...{ JOB_COMPLETION_INDEX: String(rank), ZMPI_SIZE: '3', ZMPI_RENDEZVOUS: `localhost:${port}` },
        ...SECRET,
      }),
    ],
    [
      'mpirun of Open MPI with a rendezvous',
      (rank) => ({
        ...{ OMPI_COMM_WORLD_RANK: String(rank), OMPI_COMM_WORLD_SIZE: '3', PMIX_NAMESPACE: 'x' },
        ...{ ZMPI_RENDEZVOUS: `127.0.0.1:${port}`, ...SECRET },
      }),
    ],
  ]
  for (const [what, variables] of kinds)
    it(`join: ${what}`, async () => {
      const ended = await asRanks(3, RING, variables)
      expect(ended.map(({ code, stderr }) => [code, stderr])).to.deep.equal(Array.from({ length: 3 }, () => [0, '']))
      expect(ended[0]?.stdout).to.match(/^P0P1P2\non \S+ sum 3 last 299999 neighbours 3\n$/)
    })

  it('all end with the code of the one that fails', async () => {
    const ended = await asRanks(3, [program('fail.mjs'), 'exit', '2'], (rank) => ({ ...torchrun(rank), ...SECRET }))
    expect(ended.map(({ code }) => code)).to.deep.equal([3, 3, 3])
    expect(ended[0]?.stderr).to.match(/^zmpi: rank 2 on \S+ \(pid \d+\) exited with code 3\n/)
  })

  it('all end when one is killed', async () => {
    const ended = await asRanks(3, [program('fail.mjs'), 'kill', '0'], (rank) => ({ ...torchrun(rank), ...SECRET }))
    expect(ended.every(({ code }) => code !== 0)).to.equal(true)
    expect(ended[0]?.stderr).to.match(/^zmpi: rank 0 on \S+ \(pid \d+\) was killed/)
  })

  it('are told who has not come', async () => {
    const variables = (rank: number) => ({ ...torchrun(rank), ...SECRET, ZMPI_START_TIMEOUT: '20' })
    const ended = await asRanks(2, RING, variables)
    for (const { code, stderr } of ended) {
      expect(code).to.equal(1)
      expect(stderr).to.include('ERR_LAUNCH').and.include('of 3 ranks these have not come within 20 s: 2')
    }
  })

  it('do not let in who has another secret', async () => {
    const strange = { ZMPI_SECRET: 'incorrect horse battery staple', ZMPI_START_TIMEOUT: '20' }
    const ended = await asRanks(3, RING, (rank) => ({
      ...torchrun(rank),
      ...(rank === 2 ? strange : { ...SECRET, ZMPI_START_TIMEOUT: '20' }),
    }))
    expect(ended.map(({ code }) => code)).to.deep.equal([1, 1, 1])
    expect(ended[2]?.stderr).to.include('ERR_LAUNCH').and.include('was not reached within 20 s')
  })
})
