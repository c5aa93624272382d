import { expect } from 'chai'
import { addressOn, anyPort, localAddressTowards } from '../../../../src/launcher/remote/address.ts'

const INTERFACES = {
  lo: [
    { address: '127.0.0.1', family: 'IPv4' as const },
    { address: '::1', family: 'IPv6' as const },
  ],
  docker0: [{ address: '172.17.0.1', family: 'IPv4' as const }],
  eth0: [
    { address: 'fe80::7', family: 'IPv6' as const },
    { address: '10.1.2.3', family: 'IPv4' as const },
  ],
}

describe('addressOn', () => {
  const cases: [string, string][] = [
    ['eth0', '10.1.2.3'],
    ['docker0', '172.17.0.1'],
    ['10.0.0.0/8', '10.1.2.3'],
    ['10.1.2.3/32', '10.1.2.3'],
    ['172.16.0.0/12', '172.17.0.1'],
    ['fe80::/10', 'fe80::7'],
  ]
  for (const [wanted, address] of cases)
    it(`finds ${address} for ${wanted}`, () => expect(addressOn(wanted, INTERFACES)).to.equal(address))

  for (const wanted of ['eth1', '192.168.0.0/16', '10.0.0.0/99', 'nonsense/8', '10.1.2.3'])
    it(`tells what there is instead of ${wanted}`, () => {
      expect(() => addressOn(wanted, INTERFACES)).to.throw(
        `there is no --interface ${wanted}; there are lo (127.0.0.1, ::1), docker0 (172.17.0.1), eth0 (fe80::7, 10.1.2.3)`,
      )
    })
})

describe('localAddressTowards', () => {
  it('is the address from which a host is reached', async () => {
    expect(await localAddressTowards('127.0.0.1')).to.equal('127.0.0.1')
  })
})

describe('anyPort', () => {
  it('puts IPv6 in brackets', () => {
    expect([anyPort('10.0.0.1'), anyPort('fe80::7')]).to.deep.equal(['tcp://10.0.0.1:*', 'tcp://[fe80::7]:*'])
  })
})
