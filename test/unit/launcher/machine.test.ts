import { expect } from 'chai'
import { parseHostList } from '../../../src/launcher/hostfile.ts'
import { resolveHosts, thisMachine, type Machine } from '../../../src/launcher/machine.ts'

const machine: Machine = {
  name: 'box.example.org',
  user: 'anna',
  addresses: ['127.0.0.1', '::1', '192.0.2.7', 'fe80::7'],
  parallelism: 4,
  cores: [0, 1, 2, 3],
  limits: { descriptors: 1024, openDescriptors: 20, threads: Infinity },
}

describe('resolveHosts', () => {
  it('is this machine with a slot for each core when nobody names hosts', () => {
    expect(resolveHosts(undefined, machine)).to.deep.equal([
      { name: 'box.example.org', user: undefined, slots: 4, maxSlots: undefined, cores: [0, 1, 2, 3], isLocal: true },
    ])
  })

  for (const name of [
    'localhost',
    'LOCALHOST',
    'box',
    'Box.Example.org',
    '127.0.0.1',
    '127.1.2.3',
    '[::1]',
    '192.0.2.7',
    '[fe80::7]',
    'anna@localhost',
  ])
    it(`knows ${name} as this machine`, () => {
      const [host, ...others] = resolveHosts(parseHostList(`${name}:2`), machine)
      expect(others).to.deep.equal([])
      expect(host).to.include({ name: 'box.example.org', slots: 2, isLocal: true })
    })

  it('takes several names of this machine as one host', () => {
    expect(resolveHosts(parseHostList('localhost:2,box:3'), machine)).to.have.lengthOf(1)
    expect(resolveHosts(parseHostList('localhost:2,box:3'), machine)[0]?.slots).to.equal(5)
  })

  it('gives a host without a number a slot for each core, within its max_slots', () => {
    expect(resolveHosts(parseHostList('localhost'), machine)[0]?.slots).to.equal(4)
    const bounded = { name: 'localhost', user: undefined, slots: undefined, maxSlots: 2 }
    expect(resolveHosts([bounded], machine)[0]?.slots).to.equal(2)
  })

  for (const name of ['other', 'box2', 'box.example.com', '192.0.2.8', 'bob@localhost', '[fe80::8]'])
    it(`takes ${name} for another machine, with one slot unless a number is given`, () => {
      const [own, other] = resolveHosts(parseHostList(`localhost,${name}`), machine)
      expect(own).to.include({ isLocal: true, slots: 4 })
      expect(other).to.deep.include({ isLocal: false, slots: 1, cores: [] })
      expect(resolveHosts(parseHostList(`${name}:3`), machine)[0]).to.include({ isLocal: false, slots: 3 })
    })
})

describe('thisMachine', () => {
  it('tells how many cores may be used, and which', () => {
    const { cores, parallelism, name } = thisMachine()
    expect(parallelism).to.be.at.least(1)
    expect(cores.length).to.be.at.least(parallelism)
    expect(new Set(cores).size).to.equal(cores.length)
    expect(name).to.not.equal('')
  })
})
