import { expect } from 'chai'
import { parseCounts, slurmAllocation } from '../../../src/launcher/slurm-allocation.ts'
import { UsageError } from '../../../src/launcher/usage-error.ts'

const JOB = {
  SLURM_JOB_ID: '17',
  SLURM_JOB_NODELIST: 'n[1-3,07],m4',
  SLURM_TASKS_PER_NODE: '2(x3),1,4',
  SLURM_JOB_CPUS_PER_NODE: '8(x5)',
}

const slots = (environment: NodeJS.ProcessEnv) =>
  slurmAllocation(environment)?.hosts.map((host) => `${host.name}:${host.slots}`)

describe('slurmAllocation', () => {
  it('takes hosts and slots from what sbatch and salloc set', () => {
    expect(slots(JOB)).to.deep.equal(['n1:2', 'n2:2', 'n3:2', 'n07:1', 'm4:4'])
    expect(slurmAllocation(JOB)).to.include({ name: 'job 17 of Slurm', launcher: 'slurm', ownName: undefined })
  })

  it('learns what this machine is called there', () => {
    expect(slurmAllocation({ ...JOB, SLURMD_NODENAME: 'n2' })?.ownName).to.equal('n2')
  })

  it('expands ranges in several places of a name', () => {
    const environment = { ...JOB, SLURM_JOB_NODELIST: 'gpu[1-2]-[01-02],x', SLURM_TASKS_PER_NODE: '3(x5)' }
    expect(slots(environment)).to.deep.equal(['gpu1-01:3', 'gpu1-02:3', 'gpu2-01:3', 'gpu2-02:3', 'x:3'])
  })

  it('takes processors for slots in a step, whose tasks are others than those of the job', () => {
    const step = { ...JOB, SLURM_STEP_ID: '0', SLURM_STEP_NUM_TASKS: '1', SLURM_TASKS_PER_NODE: '1' }
    expect(slots(step)).to.deep.equal(['n1:8', 'n2:8', 'n3:8', 'n07:8', 'm4:8'])
  })

  it('takes processors for slots where tasks are not told, or not for every node', () => {
    const { SLURM_TASKS_PER_NODE: _, ...rest } = JOB
    expect(slots(rest)?.[0]).to.equal('n1:8')
    expect(slots({ ...rest, SLURM_TASKS_PER_NODE: '1' })?.[0]).to.equal('n1:8')
  })

  it('is none outside of a job', () => {
    expect(slurmAllocation({})).to.equal(undefined)
    expect(slurmAllocation({ SLURM_CONF: '/etc/slurm.conf', SLURM_JOB_NODELIST: 'n1' })).to.equal(undefined)
    expect(slurmAllocation({ SLURM_JOB_ID: '' })).to.equal(undefined)
  })

  it('refuses to be started by srun several times', () => {
    expect(() => slurmAllocation({ ...JOB, SLURM_STEP_ID: '0', SLURM_STEP_NUM_TASKS: '6' })).to.throw(
      UsageError,
      'srun has started zmpirun 6 times: start it once, without srun',
    )
  })

  for (const environment of [
    { ...JOB, SLURM_HET_SIZE: '2', SLURM_JOB_NODELIST_HET_GROUP_0: 'n1', SLURM_JOB_NODELIST_HET_GROUP_1: 'm[1-2]' },
    { SLURM_JOB_ID: '17', SLURM_HET_SIZE: '2' },
    { SLURM_JOB_ID: '17', SLURM_PACK_SIZE: '2' },
  ])
    it(`refuses jobs of several components: ${Object.keys(environment).join(' ')}`, () => {
      expect(() => slurmAllocation(environment)).to.throw(
        UsageError,
        /^job 17 of Slurm is heterogeneous, .* all 2 components without it, srun --het-group=0-1 --mpi=pmi2 node program.js$/,
      )
    })

  for (const [variable, value, message] of [
    ['SLURM_JOB_NODELIST', 'n[1-x]', /^SLURM_JOB_NODELIST: .* is not a list of numbers/],
    ['SLURM_JOB_NODELIST', 'n[1-', /^SLURM_JOB_NODELIST: "n\[1-": a bracket has no partner$/],
    ['SLURM_JOB_NODELIST', 'n1,', /^SLURM_JOB_NODELIST: "" is not a host name/],
    ['SLURM_JOB_NODELIST', 'n1,-oProxyCommand=x', /^SLURM_JOB_NODELIST: "-oProxyCommand=x" is not a host name/],
    ['SLURM_TASKS_PER_NODE', '2(x3', /^SLURM_TASKS_PER_NODE is "2\(x3"; legal: numbers as 4 or 2\(x3\),1$/],
  ] as const)
    it(`refuses ${variable}=${value}`, () => {
      expect(() => slurmAllocation({ ...JOB, [variable]: value })).to.throw(UsageError, message)
    })

  it('refuses numbers that fit no list of nodes', () => {
    const { SLURM_JOB_CPUS_PER_NODE: _, ...rest } = JOB
    expect(() => slurmAllocation({ ...rest, SLURM_TASKS_PER_NODE: '2(x3)' })).to.throw(UsageError, /names 5 nodes, but/)
  })
})

describe('parseCounts', () => {
  it('repeats what (xN) says', () => {
    expect(parseCounts('2(x3),1', 'V')).to.deep.equal([2, 2, 2, 1])
    expect(parseCounts('16', 'V')).to.deep.equal([16])
  })

  for (const text of ['', '0', '2,', '2(x0)', '-1', '2(x3)x', '1 2', '2(x9999999)', '1(x65536),1'])
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseCounts(text, 'V')).to.throw(UsageError, `V is ${JSON.stringify(text)}; legal: numbers`)
    })
})
