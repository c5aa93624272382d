import { expect } from 'chai'
import { countNodes, encodePmi, parsePmi, valueOf } from '../../../../src/launcher/direct/pmi-wire.ts'

describe('PMI-1', () => {
  for (const [line, command, fields] of [
    ['cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0', 'response_to_init', { rc: '0', pmi_subversion: '1' }],
    // Slurm 22.05 has another order, newer Hydra another version than was asked for.
    ['cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1', 'response_to_init', { rc: '0', pmi_version: '1' }],
    ['cmd=response_to_init pmi_version=1 pmi_subversion=2 rc=0', 'response_to_init', { pmi_subversion: '2' }],
    ['cmd=maxes kvsname_max=256 keylen_max=64 vallen_max=1024', 'maxes', { vallen_max: '1024' }],
    ['cmd=my_kvsname kvsname=kvs_7198_0_1696955768_host', 'my_kvsname', { kvsname: 'kvs_7198_0_1696955768_host' }],
    ['cmd=my_kvsname kvsname=8.0', 'my_kvsname', { kvsname: '8.0' }],
    ['cmd=put_result rc=0 msg=success', 'put_result', { rc: '0', msg: 'success' }],
    ['cmd=barrier_out', 'barrier_out', {}],
    ['cmd=initack', 'initack', {}],
    ['cmd=set size=4', 'set', { size: '4' }],
    ['cmd=finalize_ack\r', 'finalize_ack', {}],
  ] as const)
    it(`reads ${JSON.stringify(line)}`, () => {
      const parsed = parsePmi(line)
      expect(parsed.command).to.equal(command)
      expect(Object.fromEntries(parsed.fields)).to.include(fields)
    })

  for (const [line, value] of [
    ['cmd=get_result rc=0 msg=success value=tcp://10.77.0.1:40000', 'tcp://10.77.0.1:40000'],
    ['cmd=get_result rc=0 msg=success value=(vector,(0,3,2))', '(vector,(0,3,2))'],
    // MPICH 4.1.1 and later.
    ['cmd=get_result rc=0 value=eyJhIjoxfQ== found=TRUE', 'eyJhIjoxfQ=='],
    ['cmd=get_result rc=0 found=FALSE', undefined],
    ['cmd=get_result rc=-1 msg=key_nope_not_found value=unknown', undefined],
    ['cmd=get_result rc=1', undefined],
  ] as const)
    it(`finds ${value} in ${JSON.stringify(line)}`, () => {
      expect(valueOf(parsePmi(line))).to.equal(value)
    })

  it('refuses what is no answer', () => {
    expect(() => parsePmi('HTTP/1.1 400 Bad Request')).to.throw('PMI answers')
  })

  it('writes one line for a request, and refuses what would break it', () => {
    expect(encodePmi('init', { pmi_version: 1, pmi_subversion: 1 })).to.equal(
      'cmd=init pmi_version=1 pmi_subversion=1\n',
    )
    expect(encodePmi('barrier_in')).to.equal('cmd=barrier_in\n')
    expect(() => encodePmi('put', { value: 'two words' })).to.throw(RangeError, 'value is "two words"')
    expect(() => encodePmi('put', { value: 'back\\slash' })).to.throw(RangeError, 'no space')
    // Slurm cuts a longer line in two and takes the rest for another request.
    expect(() => encodePmi('put', { value: 'x'.repeat(1000) })).to.throw(RangeError, 'legal: up to 900')
  })

  for (const [mapping, nodes] of [
    ['(vector,(0,1,4))', 1],
    ['(vector,(0,3,2))', 3],
    ['(vector,(0,1,2),(1,1,3))', 2],
    ['(vector,(0,2,1),(0,2,1))', 2],
    ['', undefined],
    [undefined, undefined],
    ['(matrix,(0,1,4))', undefined],
  ] as const)
    it(`counts ${nodes} nodes in ${mapping}`, () => {
      expect(countNodes(mapping)).to.equal(nodes)
    })
})
