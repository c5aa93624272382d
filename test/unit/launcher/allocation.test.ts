import { expect } from 'chai'
import { findAllocation, parsePeHostfile, selectHosts, type Allocation } from '../../../src/launcher/allocation.ts'
import { parseHostList } from '../../../src/launcher/hostfile.ts'
import { UsageError } from '../../../src/launcher/usage-error.ts'

/** What the files of a job hold. */
const FILES: Readonly<Record<string, string>> = {
  '/pbs/nodes': 'n1\nn1\nn2\nn2\nn3\n',
  '/sge/hosts': 'n1.c 2 all.q@n1.c UNDEFINED\nn2.c 1 all.q@n2.c <NULL>\nn1.c 1 short.q@n1.c 0,1\n',
  '/lsf/hosts': 'a\na\nb\n',
  '/etc/mpi/hostfile': 'sim-worker-0.sim.default.svc slots=2\nsim-worker-1.sim.default.svc slots=2\n',
  '/intel': 'sim-worker-0.sim.default.svc:2\nsim-worker-1.sim.default.svc\n',
}

const read = (path: string): string => {
  const text = FILES[path]
  if (text === undefined) throw new UsageError(`no ${path}`)
  return text
}

const find = (environment: NodeJS.ProcessEnv) => {
  const allocation = findAllocation(environment, read)
  return allocation && [allocation.name, allocation.launcher, ...allocation.hosts.map((h) => `${h.name}:${h.slots}`)]
}

const SLURM = { SLURM_JOB_ID: '5', SLURM_JOB_NODELIST: 'h[1-3]', SLURM_TASKS_PER_NODE: '2(x3)' }
const PBS = { PBS_JOBID: '7.head', PBS_NODEFILE: '/pbs/nodes' }
const GRID_ENGINE = { JOB_ID: '11', PE_HOSTFILE: '/sge/hosts' }
const LSF = { LSB_JOBID: '9', LSB_MCPU_HOSTS: 'a 2 b 1' }
const KUBERNETES = { KUBERNETES_SERVICE_HOST: '10.0.0.1' }

describe('findAllocation', () => {
  const cases: [string, NodeJS.ProcessEnv, readonly string[] | undefined][] = [
    ['Slurm', SLURM, ['job 5 of Slurm', 'slurm', 'h1:2', 'h2:2', 'h3:2']],
    ['PBS, a line a slot', PBS, ['job 7.head of PBS', 'ssh', 'n1:2', 'n2:2', 'n3:1']],
    ['Grid Engine', GRID_ENGINE, ['job 11 of Grid Engine', 'ssh', 'n1.c:3', 'n2.c:1']],
    ['LSF, hosts with numbers', LSF, ['job 9 of LSF', 'ssh', 'a:2', 'b:1']],
    ['LSF, a host a slot', { LSB_JOBID: '9', LSB_HOSTS: 'a b a' }, ['job 9 of LSF', 'ssh', 'a:2', 'b:1']],
    [
      'LSF, a file, which goes before',
      { ...LSF, LSB_MCPU_HOSTS: 'c 1', LSB_DJOB_HOSTFILE: '/lsf/hosts' },
      ['job 9 of LSF', 'ssh', 'a:2', 'b:1'],
    ],
    [
      'the MPI Operator for Open MPI',
      { ...KUBERNETES, OMPI_MCA_orte_default_hostfile: '/etc/mpi/hostfile' },
      ['this MPIJob (/etc/mpi/hostfile)', 'ssh', 'sim-worker-0.sim.default.svc:2', 'sim-worker-1.sim.default.svc:2'],
    ],
    [
      'the MPI Operator for Intel MPI and MPICH',
      { ...KUBERNETES, HYDRA_HOST_FILE: '/intel' },
      ['this MPIJob (/intel)', 'ssh', 'sim-worker-0.sim.default.svc:2', 'sim-worker-1.sim.default.svc:1'],
    ],
    ['nobody', {}, undefined],
    ['a variable of Open MPI without Kubernetes', { OMPI_MCA_orte_default_hostfile: '/none' }, undefined],
    ['PBS without hosts', { PBS_JOBID: '7' }, undefined],
    ['Grid Engine without hosts', { JOB_ID: '11' }, undefined],
    ['LSF without hosts', { LSB_JOBID: '9' }, undefined],
  ]
  for (const [what, environment, hosts] of cases)
    it(`reads ${what}`, () => {
      expect(find(environment)).to.deep.equal(hosts)
    })

  it('prefers Slurm to LSF to PBS to Grid Engine to the MPI Operator', () => {
    const all = { ...SLURM, ...LSF, ...PBS, ...GRID_ENGINE, ...KUBERNETES, HYDRA_HOST_FILE: '/intel' }
    expect(find(all)?.[0]).to.equal('job 5 of Slurm')
    expect(find({ ...all, SLURM_JOB_ID: undefined })?.[0]).to.equal('job 9 of LSF')
    const rest = { ...all, SLURM_JOB_ID: undefined, LSB_JOBID: undefined }
    expect(find(rest)?.[0]).to.equal('job 7.head of PBS')
    expect(find({ ...rest, PBS_JOBID: undefined })?.[0]).to.equal('job 11 of Grid Engine')
  })

  for (const [text, message] of [
    ['a', /^LSB_MCPU_HOSTS is "a"; legal: hosts, each with its number of slots$/],
    ['a two', /^LSB_MCPU_HOSTS is "a two"; legal/],
    ['-oProxyCommand=x 2', /^LSB_MCPU_HOSTS: "-oProxyCommand=x" is not a host name/],
  ] as const)
    it(`refuses LSB_MCPU_HOSTS=${text}`, () => {
      expect(() => find({ ...LSF, LSB_MCPU_HOSTS: text })).to.throw(UsageError, message)
    })

  for (const [text, message] of [
    ['', /^file: names no host$/],
    ['n1 2 q\n\nn2', /^file:3: "n2"; legal: host, slots, queue and processors$/],
    ['n1 0 q', /^file:1: "n1 0 q"; legal/],
    ['n1 2 q\n-oProxyCommand=x 2 q', /^file:2: "-oProxyCommand=x" is not a host name/],
  ] as const)
    it(`refuses a file of Grid Engine that says ${JSON.stringify(text)}`, () => {
      expect(() => parsePeHostfile(text, 'file')).to.throw(UsageError, message)
    })

  it('says which file cannot be read', () => {
    expect(() => find({ ...PBS, PBS_NODEFILE: '/gone' })).to.throw(UsageError, 'no /gone')
  })
})

describe('selectHosts', () => {
  const allocation: Allocation = {
    name: 'job 5 of Slurm',
    hosts: parseHostList('h1:2,h2:2,h3.cluster:4'),
    launcher: 'slurm',
    ownName: 'h2',
  }
  const select = (list: string) => selectHosts(allocation, parseHostList(list)).map((h) => `${h.name}:${h.slots}`)

  it('takes a part, in the order in which it is named, with its slots or those that are given', () => {
    expect(select('h3,H1:1')).to.deep.equal(['h3.cluster:4', 'h1:1'])
  })

  it('knows this machine', () => {
    expect(select('localhost')).to.deep.equal(['h2:2'])
  })

  it('refuses others, and other users', () => {
    expect(() => select('h1,h9')).to.throw(
      UsageError,
      /^h9 is not in job 5 of Slurm, which has h1, h2, h3.cluster: choose one of these, .* --launcher ssh$/,
    )
    expect(() => select('anna@h1')).to.throw(UsageError, /^anna@h1: in job 5 of Slurm every rank is yours/)
  })
})
