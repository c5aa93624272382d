import { expect } from 'chai'
import { detectEngine, firstNode, firstPod, type Engine, type Surroundings } from '../../../src/bootstrap/engine.ts'
import { isMpiError } from '../../../src/errors.ts'

const POD_HOSTS = '127.0.0.1\tlocalhost\n10.1.0.7\tring-3.ring.default.svc.cluster.local\tring-3\n'

function detect(environment: NodeJS.ProcessEnv, more: Partial<Surroundings> = {}): Engine | undefined {
  return detectEngine({
    environment,
    isSocket: (fd) => fd === 6,
    hostName: 'ring-3',
    hosts: () => POD_HOSTS,
    temporary: '/tmp',
    user: 1000,
    ...more,
  })
}

function refusalOf(environment: NodeJS.ProcessEnv, more?: Partial<Surroundings>): string {
  try {
    detect(environment, more)
  } catch (error) {
    expect(isMpiError(error) && error.code).to.equal('ERR_LAUNCH')
    return (error as Error).message
  }
  throw new Error('was not refused')
}

const HYDRA = { PMI_RANK: '1', PMI_SIZE: '4', PMI_FD: '6', MPI_LOCALRANKID: '1', MPI_LOCALNRANKS: '2' }
const OPEN_MPI = { OMPI_COMM_WORLD_RANK: '2', OMPI_COMM_WORLD_SIZE: '4', PMIX_NAMESPACE: 'prterun-h1-77@1' }
const TORCH = { RANK: '3', WORLD_SIZE: '4', MASTER_ADDR: 'node1', MASTER_PORT: '29500', TORCHELASTIC_RUN_ID: 'run' }
const STEP = { SLURM_JOB_ID: '8', SLURM_STEP_ID: '1', SLURM_PROCID: '5', SLURM_STEP_NUM_TASKS: '6' }
const SLURM = { ...STEP, SLURM_STEP_NODELIST: 'n[001-003,007],gpu1', SLURM_STEP_NUM_NODES: '3' }
const POD = { JOB_COMPLETION_INDEX: '3', ZMPI_SIZE: '4' }
const SECRET = { ZMPI_SECRET: 'correct horse battery staple' }
const text = SECRET.ZMPI_SECRET

describe('other launchers', () => {
  const joined: [string, NodeJS.ProcessEnv, Engine['place'], Engine['meeting']][] = [
    ['mpiexec by its descriptor', HYDRA, { rank: 1, size: 4 }, { kind: 'pmi', at: { fd: 6 } }],
    [
      'mpiexec -pmi-port',
      { PMI_PORT: 'node-1:35081', PMI_ID: '2' },
      undefined,
      { kind: 'pmi', at: { host: 'node-1', port: 35081, id: '2' } },
    ],
    [
      'srun --mpi=pmi2, before the step that it is',
      { ...HYDRA, ...SLURM, PMI_JOBID: '8.1' },
      { rank: 1, size: 4 },
      { kind: 'pmi', at: { fd: 6 } },
    ],
    [
      'srun, at the first node of the step',
      { ...SLURM, ...SECRET },
      { rank: 5, size: 6 },
      { kind: 'address', host: 'n001', port: 61449, secret: { text }, isSlurmNode: true },
    ],
    [
      'srun --resv-ports',
      { ...SLURM, ...SECRET, SLURM_STEP_RESV_PORTS: '23001-23002' },
      { rank: 5, size: 6 },
      { kind: 'address', host: 'n001', port: 23001, secret: { text }, isSlurmNode: true },
    ],
    [
      'Open MPI within a step of Slurm, which started its daemon',
      { ...SLURM, SLURM_PROCID: '0', ...OPEN_MPI, ...SECRET, ZMPI_RENDEZVOUS: '[fe80::1]:4000' },
      { rank: 2, size: 4 },
      { kind: 'address', host: 'fe80::1', port: 4000, secret: { text } },
    ],
    [
      'torchrun, one port above its own',
      { ...TORCH, ZMPI_SECRET_FILE: '/run/secret' },
      { rank: 3, size: 4 },
      { kind: 'address', host: 'node1', port: 29501, secret: { file: '/run/secret' } },
    ],
    [
      'ranks that go without encryption because the user says so',
      { ...TORCH, ZMPI_INSECURE: '1' },
      { rank: 3, size: 4 },
      { kind: 'address', host: 'node1', port: 29501, secret: 'insecure' },
    ],
    [
      'an Indexed Job, at its first pod',
      { ...POD, ...SECRET },
      { rank: 3, size: 4 },
      { kind: 'address', host: 'ring-0.ring.default.svc.cluster.local', port: 55527, secret: { text } },
    ],
    [
      'any of them by a file that the user names',
      { ...TORCH, ZMPI_RENDEZVOUS: '/home/me/meet' },
      { rank: 3, size: 4 },
      { kind: 'file', path: '/home/me/meet', isLocal: false },
    ],
  ]
  for (const [what, environment, place, meeting] of joined)
    it(`joins ${what}`, () => {
      const engine = detect(environment)
      expect(engine?.place).to.deep.equal(place)
      expect(engine?.meeting).to.deep.equal(meeting)
    })

  for (const [what, environment] of [
    ['Open MPI', { ...OPEN_MPI, OMPI_COMM_WORLD_LOCAL_SIZE: '4' }],
    ['torchrun', { ...TORCH, LOCAL_WORLD_SIZE: '4' }],
    ['srun', { ...SLURM, SLURM_STEP_NUM_NODES: '1' }],
  ] as const)
    it(`needs no secret under ${what} on one host, and keeps jobs apart`, () => {
      const meeting = detect(environment)?.meeting
      expect(meeting).to.include({ kind: 'file', isLocal: true })
      const other = detect({
        ...environment,
        PMIX_NAMESPACE: 'x',
        TORCHELASTIC_RUN_ID: 'x',
        SLURM_STEP_ID: '2',
      })?.meeting
      expect(meeting).to.not.deep.equal(other)
    })

  for (const [what, environment] of [
    ['nobody', { PATH: '/bin' }],
    ['the shell of sbatch, which is no rank', { SLURM_JOB_ID: '8', SLURM_PROCID: '0', SLURM_NTASKS: '4' }],
    ['variables that mean something else', { WORLD_SIZE: '4' }],
    ['mpiexec -n 1', { PMI_RANK: '0', PMI_SIZE: '1', PMI_FD: '5' }],
    ['srun -n 1', { ...SLURM, SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1' }],
    ['a Job of one pod', { JOB_COMPLETION_INDEX: '0', ZMPI_SIZE: '1' }],
  ] as const)
    it(`is alone under ${what}`, () => {
      expect(detect(environment)).to.equal(undefined)
    })

  const refused: [string, NodeJS.ProcessEnv, RegExp, Partial<Surroundings>?][] = [
    [
      'a wrapper has closed PMI_FD',
      { ...HYDRA, PMI_FD: '9' },
      /rank 1 of 4: descriptor 9.* wrapper \(npx, tsx, nodemon\).*mpiexec -pmi-port/,
    ],
    [
      'there is no PMI_FD',
      { PMI_RANK: '1', PMI_SIZE: '4' },
      /rank 1 of 4: it has handed down no PMI_FD.*ZMPI_RENDEZVOUS/,
    ],
    ['srun gives no PMI and nobody a secret', SLURM, /rank 5 of 6: use "srun --mpi=pmi2".*ZMPI_SECRET/],
    [
      'Open MPI spreads over hosts',
      OPEN_MPI,
      /rank 2 of 4: it does not tell where rank 0 is.*-x ZMPI_RENDEZVOUS=host:port/,
    ],
    ['torchrun comes without a secret', TORCH, /rank 3 of 4: nothing keeps strangers out.*ZMPI_SECRET=\$\(openssl/],
    ['nobody says where', { RANK: '1', WORLD_SIZE: '2' }, /rank 1 of 2: set MASTER_ADDR and MASTER_PORT/],
    ['a Job does not tell its size', { JOB_COMPLETION_INDEX: '0' }, /set ZMPI_SIZE to the completions/],
    [
      'pods have no names',
      { ...POD, ...SECRET },
      /headless Service and spec\.template\.spec\.subdomain/,
      { hosts: () => '10.1.0.7\tring-3\n' },
    ],
    ['a rank is none', { ...TORCH, ...SECRET, RANK: '4' }, /RANK is 4; legal: below WORLD_SIZE, which is 4/],
    ['a number is none', { ...TORCH, ...SECRET, WORLD_SIZE: 'four' }, /WORLD_SIZE is "four"; legal: a whole number/],
    [
      'a rendezvous is none',
      { ...TORCH, ...SECRET, ZMPI_RENDEZVOUS: 'node1' },
      /ZMPI_RENDEZVOUS is "node1"; legal: host:port, or \/path/,
    ],
    [
      'a rendezvous is an address without port',
      { ...TORCH, ...SECRET, ZMPI_RENDEZVOUS: '::1' },
      /ZMPI_RENDEZVOUS is "::1"/,
    ],
  ]
  for (const [what, environment, message, surroundings] of refused)
    it(`says what to do when ${what}`, () => {
      expect(refusalOf(environment, surroundings)).to.match(message)
    })

  it('never tells a secret', () => {
    expect(refusalOf({ ...TORCH, ...SECRET, ZMPI_RENDEZVOUS: 'x' })).to.not.include(text)
  })

  for (const [list, first] of [
    ['h1', 'h1'],
    ['h[1-3]', 'h1'],
    ['n[001-003,007],gpu[1-2]-[01-02]', 'n001'],
    ['gpu[2,5-6]-[01-02],n1', 'gpu2-01'],
    ['a,b', 'a'],
  ] as const)
    it(`takes ${first} for the first node of ${list}`, () => {
      expect(firstNode(list)).to.equal(first)
    })

  it('says which list of nodes it cannot read', () => {
    expect(() => firstNode('n[1-x]')).to.throw(/^SLURM_STEP_NODELIST: "n\[1-x\]": \[.*\] is not a list of numbers/)
  })

  it('finds the first pod beside this one', () => {
    expect(firstPod('ring-3', POD_HOSTS)).to.equal('ring-0.ring.default.svc.cluster.local')
    expect(firstPod('ring-3', '10.1.0.7 ring-30.ring ring-30\n')).to.equal(undefined)
  })
})
