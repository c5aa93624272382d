import { expect } from 'chai'
import { readEnvironment, writeEnvironment, type RankEnvironment } from '../../../src/bootstrap/environment.ts'

const RANK: RankEnvironment = {
  rank: 3,
  size: 8,
  localRank: 1,
  localSize: 4,
  neighbours: [2, 3, 6, 7],
  job: 2 ** 31 - 1,
  directory: '/tmp/a directory/job',
  controlFd: 3,
  segment: '/proc/1/fd/5',
  transport: 'shm',
  logLevel: 'debug',
}

describe('environment', () => {
  it('reads what it wrote, among other variables', () => {
    expect(readEnvironment({ PATH: '/bin', ...writeEnvironment(RANK) })).to.deep.equal(RANK)
  })

  it('says nothing of neighbours when all ranks are', () => {
    const variables = writeEnvironment({ ...RANK, size: 4, neighbours: [0, 1, 2, 3] })
    expect(variables).to.not.have.property('ZMPI_LOCAL_RANKS')
    expect(readEnvironment(variables)?.neighbours).to.deep.equal([0, 1, 2, 3])
  })

  it('reads rank 0 too', () => {
    expect(readEnvironment(writeEnvironment({ ...RANK, rank: 0, localRank: 0 }))).to.include({ rank: 0, localRank: 0 })
  })

  it('tells when no zmpirun started the process', () => {
    expect(readEnvironment({ PATH: '/bin', OMPI_COMM_WORLD_RANK: '1' })).to.equal(undefined)
  })

  it('falls back to every transport and to warnings', () => {
    const { ZMPI_TRANSPORT: _transport, ZMPI_LOG_LEVEL: _level, ...rest } = writeEnvironment(RANK)
    expect(readEnvironment(rest)).to.include({ transport: 'auto', logLevel: 'warn' })
  })

  for (const [name, value] of [
    ['ZMPI_RANK', 'one'],
    ['ZMPI_RANK', '-1'],
    ['ZMPI_SIZE', ''],
    ['ZMPI_SIZE', '2.5'],
    ['ZMPI_JOB', undefined],
    ['ZMPI_CONTROL_FD', 'NaN'],
  ] as const)
    it(`names ${name} when it is ${JSON.stringify(value)}`, () => {
      expect(() => readEnvironment({ ...writeEnvironment(RANK), [name]: value })).to.throw(
        `environment variable ${name} is ${JSON.stringify(value)}`,
      )
    })
})
